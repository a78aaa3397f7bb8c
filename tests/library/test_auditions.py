"""The result of an audition: means, ranks, comparisons, who voted, and what a voice's page keeps of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.base import Cast, member
from tests.builders import make_audition, make_consent, make_ratings, make_voice
from voices.library.auditions import Result, Standing, auditions_of, listening_of, newest_auditions, result_of
from voices.models import Audition, Ballot, Membership, Role, Voice
from voices.web.auditions.wording import headline

NOW = timezone.now()


def panel(cast: Cast, count: int) -> list[Membership]:
    """Members beside the cast."""
    return [member(cast.northwind, f"Judge {number}", Role.VIEWER) for number in range(count)]


def held(cast: Cast, *names: str) -> Audition:
    return make_audition(cast.ed, *(make_voice(cast.ed, name=name) for name in names))


def ended(audition: Audition) -> Result:
    Audition.objects.filter(pk=audition.pk).update(ends_at=NOW)
    audition.ends_at = NOW
    return result_of(audition)


def places(result: Result) -> dict[str, tuple[int | None, float | None]]:
    return {one.voice.name: (one.rank, one.mean) for one in result.standings}


def one_of(result: Result, name: str) -> Standing:
    return next(one for one in result.standings if one.voice.name == name)


def test_means_and_ranks_are_those_of_the_scores(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna", "Mika", "Ren")
    make_ratings(audition, cast.ada, Sora=5, Luna=4, Mika=2, Ren=None)
    make_ratings(audition, cast.vera, Sora=4, Luna=5, Mika=3)
    result = ended(audition)
    assert places(result) == {"Luna": (1, 4.5), "Sora": (1, 4.5), "Mika": (3, 2.5), "Ren": (None, None)}
    assert one_of(result, "Mika").place == "3rd"
    assert result.voters == ["Ada", "Vera"]
    assert all(one.interval is None for one in result.standings)  # of two ratings


def test_clear_winner_is_ahead(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna")
    for number, judge in enumerate(panel(cast, 6)):
        make_ratings(audition, judge, Sora=4 + number % 2, Luna=1 + number % 2)
    result = ended(audition)
    (pair,) = result.pairs
    assert pair.ahead is one_of(result, "Sora")
    # Six differences of 3: sqrt(6 / 6) steps of deviation in the sum, times 2.571 * sqrt(6 / 5), over 6.
    assert pair.interval is not None
    assert pair.interval.low == pytest.approx(3 - 2.571 * 1.2**0.5 / 6, abs=2e-3)
    assert headline(result) == "Sora is ahead"


def test_no_difference_is_shown_by_few_or_divided_judges(cast: Cast) -> None:
    few, divided = held(cast, "Sora", "Luna"), held(cast, "Sora", "Luna")
    judges = panel(cast, 6)
    for judge in judges[:3]:
        make_ratings(few, judge, Sora=5, Luna=1)
    for number, judge in enumerate(judges):
        make_ratings(divided, judge, Sora=5 if number < 3 else 2, Luna=2 if number < 2 else 4)
    assert [headline(ended(one)) for one in (few, divided)] == ["No clear difference"] * 2


def test_headline_names_those_that_are_not_told_apart(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna", "Mika")
    for number, judge in enumerate(panel(cast, 6)):
        make_ratings(audition, judge, Sora=5 if number else 4, Luna=4 + number % 2, Mika=1)
    assert headline(ended(audition)) == "No clear difference between Sora and Luna"


def test_comparison_ignores_how_strict_a_judge_is(cast: Cast) -> None:
    """The scores overlap widely, and yet every judge likes Sora better by one or two points."""
    audition = held(cast, "Sora", "Luna")
    given = [(5, 3), (4, 2), (3, 1), (5, 4), (4, 2), (3, 1), (5, 3), (2, 1)]
    for judge, (sora, luna) in zip(panel(cast, 8), given, strict=True):
        make_ratings(audition, judge, Sora=sora, Luna=luna)
    result = ended(audition)
    first, second = one_of(result, "Sora").interval, one_of(result, "Luna").interval
    assert first is not None
    assert second is not None
    assert first.low < second.high
    assert headline(result) == "Sora is ahead"


def test_result_without_ratings_says_so(cast: Cast) -> None:
    result = ended(held(cast, "Sora", "Luna"))
    assert (headline(result), result.pairs, result.voters) == ("Nobody rated the voices", [], [])
    audition = held(cast, "Sora", "Luna")
    make_ratings(audition, cast.vera, Sora=3)
    assert headline(ended(audition)) == "Only Sora was rated"


def test_voice_lost_before_the_end_is_left_out(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna", "Mika", "Ren")
    make_ratings(audition, cast.vera, Sora=5, Luna=5, Mika=4, Ren=3)
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    Voice.objects.filter(name="Sora").update(deleted_at=before)
    Voice.objects.filter(name="Luna").update(consent=make_consent(cast.ed, withdrawn_at=before))
    Voice.objects.filter(name="Ren").update(deleted_at=after)  # it was there as long as people rated it
    result = ended(audition)
    assert {one.voice.name: one.rank for one in result.standings} == {
        "Mika": 1,
        "Ren": 2,
        "Sora": None,
        "Luna": None,
    }
    assert [one_of(result, name).left_out for name in ("Sora", "Luna")] == ["deleted", "quarantined"]


def test_ratings_of_people_who_left_still_count(cast: Cast) -> None:
    audition = held(cast, "Sora")
    make_ratings(audition, cast.vera, Sora=4)
    cast.vera.user.delete()
    result = ended(audition)
    assert (places(result), result.voters) == ({"Sora": (1, 4.0)}, ["Vera"])


def test_voice_keeps_its_auditions_that_have_ended(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna")
    sora = Voice.objects.get(name="Sora")
    make_ratings(audition, cast.vera, Sora=3, Luna=4)
    assert auditions_of(sora, now=NOW) == []
    ended(audition)
    ((found, standing),) = auditions_of(sora, now=NOW)
    assert (found, standing.mean, standing.place, standing.of) == (audition, 3.0, "2nd", 2)


def test_listener_sees_nothing_of_the_others_ratings(cast: Cast) -> None:
    audition = held(cast, "Sora", "Luna")
    make_ratings(audition, cast.ada, Sora=5, Luna=1)
    make_ratings(audition, cast.vera, Sora=2)
    Ballot.objects.filter(voter=cast.ada.user).update(finished_at=NOW)
    seen = listening_of(cast.vera, audition, now=NOW)
    assert [one.letter for one in seen.choices] == ["A", "B"]
    assert sorted(one.rating.score for one in seen.choices if one.rating and one.rating.score) == [2]
    assert (seen.rated, seen.to_rate, seen.finished, seen.members) == (1, 2, 1, 3)


def test_list_says_what_is_open_and_finished(cast: Cast) -> None:
    first, second = held(cast, "Sora"), held(cast, "Luna")
    make_ratings(first, cast.vera, Sora=5)
    Ballot.objects.update(finished_at=NOW)
    ended(second)
    assert newest_auditions(cast.vera, now=NOW) == [(second, False, False), (first, True, True)]
    assert newest_auditions(cast.sam, now=NOW) == []
