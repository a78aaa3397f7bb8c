"""Rating the voices of an audition: the order of each listener, hearing, scores, finishing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.base import Cast, member
from tests.builders import make_audition, make_consent, make_voice
from voices.access import candidates_for
from voices.actions import NotPossibleError
from voices.actions.auditions.rating import GivenRating, note_hearing, rate_voices
from voices.models import AuditEntry, Audition, Ballot, Membership, Rating, Role, Voice

NOW = timezone.now()
NAMES = ("Sora", "Luna", "Mika", "Ren", "Kai", "Noor", "Ada", "Bo")


@pytest.fixture
def audition(cast: Cast) -> Audition:
    return make_audition(cast.ed, *(make_voice(cast.ed, name=name) for name in NAMES[:3]))


def token(who: Membership, audition: Audition, name: str) -> str:
    found = candidates_for(who, audition)
    return next(token for token, one in found.items() if one.voice.name == name)


def hear(who: Membership, audition: Audition, *names: str) -> None:
    for name in names:
        candidate = audition.candidates.get(voice__name=name)
        note_hearing(member=who, candidate=candidate, now=NOW)


def give(
    who: Membership, audition: Audition, *, remark: str = "", finish: bool = False, **scores: int | None
) -> dict[str, str]:
    """Rate voices by name. Return the problems by name."""
    names = {token(who, audition, name): name for name in scores}
    given = {key: GivenRating(scores[name], remark) for key, name in names.items()}
    problems = rate_voices(member=who, audition=audition, given=given, finish=finish, now=NOW)
    return {
        {key: one.voice.name for key, one in candidates_for(who, audition).items()}[key]: problem
        for key, problem in problems.items()
    }


def scores() -> dict[str, int | None]:
    return dict(Rating.objects.values_list("candidate__voice__name", "score"))


# --- what a listener sees ---


def test_listeners_have_tokens_and_an_order_of_their_own(cast: Cast) -> None:
    voices = [make_voice(cast.ed, name=name) for name in NAMES]
    audition = make_audition(cast.ed, *voices)
    people = [cast.ada, cast.ed, cast.vera, member(cast.northwind, "Eve", Role.VIEWER)]
    seen = [candidates_for(who, audition) for who in people]
    orders = [tuple(one.pk for one in found.values()) for found in seen]
    assert len(set(orders)) == 4
    assert orders == [tuple(one.pk for one in candidates_for(who, audition).values()) for who in people]
    assert len({key for found in seen for key in found}) == 4 * len(NAMES)


def test_order_differs_between_auditions_of_the_same_voices(cast: Cast) -> None:
    voices = [make_voice(cast.ed, name=name) for name in NAMES]
    orders = {
        tuple(one.voice.name for one in candidates_for(cast.ed, make_audition(cast.ed, *voices)).values())
        for _ in range(4)
    }
    assert len(orders) > 1


# --- hearing and scoring ---


def test_score_needs_a_voice_that_was_heard(cast: Cast, audition: Audition) -> None:
    assert give(cast.vera, audition, Sora=4) == {"Sora": "Play this voice before you rate it."}
    hear(cast.vera, audition, "Sora")
    assert give(cast.vera, audition, Sora=4) == {}
    assert scores() == {"Sora": 4}


def test_hearing_is_noted_once_and_is_no_play_of_the_voice(cast: Cast, audition: Audition) -> None:
    """Sorted by its last play, the library would tell which voice was just heard."""
    hear(cast.vera, audition, "Sora", "Sora")
    assert Rating.objects.count() == 1
    assert not Voice.objects.get(name="Sora").has_been_played


def test_later_rating_counts(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    give(cast.vera, audition, Sora=2, remark="Thin")
    give(cast.vera, audition, Sora=5, remark="Warm")
    assert list(Rating.objects.values_list("score", "remark")) == [(5, "Warm")]


def test_remark_without_a_score_is_kept(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    assert give(cast.vera, audition, Sora=None, remark="Hm") == {}
    assert list(Rating.objects.values_list("score", "remark")) == [(None, "Hm")]


@pytest.mark.parametrize("score", [0, 6, -1, 99])
def test_score_outside_1_to_5_is_refused(cast: Cast, audition: Audition, score: int) -> None:
    hear(cast.vera, audition, "Sora", "Luna")
    assert give(cast.vera, audition, Sora=score, Luna=3) == {"Sora": "Choose a score from 1 to 5."}
    assert scores() == {"Sora": None, "Luna": 3}


def test_remark_over_300_characters_is_refused(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    problems = give(cast.vera, audition, Sora=3, remark="x" * 301)
    assert problems == {"Sora": "This remark has 301 characters. The limit is 300."}


def test_tokens_of_other_listeners_rate_nothing(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    given = {token(cast.ed, audition, "Sora"): GivenRating(1, "")}
    problems = rate_voices(member=cast.vera, audition=audition, given=given, finish=False, now=NOW)
    assert list(problems.values()) == ["There is no such voice in this audition."]
    assert scores() == {"Sora": None}


def test_database_refuses_a_second_rating_and_a_wrong_score(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    one = Rating.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(ballot=one.ballot, candidate=one.candidate, heard_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(pk=one.pk).update(score=6)


# --- the end ---


def test_nothing_is_saved_after_the_end(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora")
    Audition.objects.filter(pk=audition.pk).update(ends_at=NOW)  # the page was opened before
    with pytest.raises(NotPossibleError, match="has ended"):
        give(cast.vera, audition, Sora=4)
    Audition.objects.filter(pk=audition.pk).update(ends_at=NOW + timedelta(seconds=1))
    assert give(cast.vera, audition, Sora=4) == {}


def test_finishing_needs_every_voice_and_is_final(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora", "Luna", "Mika")
    assert give(cast.vera, audition, Sora=4, Luna=3, finish=True) == {
        "Mika": "Rate this voice before you finish."
    }
    assert Ballot.objects.get().finished_at is None
    assert give(cast.vera, audition, Mika=1, finish=True) == {}
    assert Ballot.objects.get().finished_at == NOW
    assert AuditEntry.objects.get(verb="audition.finished").facts == {}
    with pytest.raises(NotPossibleError, match="You've finished"):
        give(cast.vera, audition, Sora=5)
    assert scores()["Sora"] == 4


def test_voice_that_is_left_out_need_not_and_cannot_be_rated(cast: Cast, audition: Audition) -> None:
    hear(cast.vera, audition, "Sora", "Luna", "Mika")
    Voice.objects.filter(name="Sora").update(deleted_at=NOW)
    Voice.objects.filter(name="Luna").update(consent=make_consent(cast.ed, withdrawn_at=NOW))
    assert give(cast.vera, audition, Sora=4, Luna=3) == {
        "Sora": "This voice is excluded from the audition: it was deleted.",
        "Luna": "This voice is excluded from the audition: its consent was withdrawn or has expired.",
    }
    assert give(cast.vera, audition, Mika=2, finish=True) == {}
