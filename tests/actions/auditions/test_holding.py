"""Starting, ending and deleting auditions."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast, member
from tests.builders import make_audition, make_consent, make_preview, make_ratings, make_voice
from voices.actions import NotPossibleError
from voices.actions.auditions.holding import MAX_OPEN, delete_audition, end_audition, hold_audition
from voices.models import AuditEntry, Audition, Membership, Rating, Role, Voice

NOW = timezone.now()
TITLE = "Which voice for the support line?"


def playable(cast: Cast, name: str) -> Voice:
    voice = make_voice(cast.ed, name=name)
    make_preview(voice)
    return voice


def hold(cast: Cast, *voices: Voice, by: Membership | None = None, days: int | None = None) -> Audition:
    ids = [voice.pk for voice in voices]
    return hold_audition(member=by or cast.ed, title=TITLE, voices=ids, days=days, now=NOW)


def test_held_audition_is_open_until_its_day(cast: Cast) -> None:
    audition = hold(cast, playable(cast, "Sora"), playable(cast, "Luna"), days=3)
    assert audition.is_open(NOW + timedelta(days=3, seconds=-1))
    assert not audition.is_open(NOW + timedelta(days=3))
    assert {one.voice.name for one in audition.candidates.all()} == {"Sora", "Luna"}


def test_history_of_an_audition_names_no_voice(cast: Cast) -> None:
    sora = playable(cast, "Sora")
    audition = hold(cast, sora, playable(cast, "Luna"))
    entry = AuditEntry.objects.get(verb="audition.held")
    assert (entry.thing_id, entry.facts) == (str(audition.pk), {"voices": 2})
    assert "Sora" not in str(entry.facts)


def test_viewer_may_not_hold_an_audition(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        hold(cast, playable(cast, "Sora"), playable(cast, "Luna"), by=cast.vera)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_audition_has_2_to_8_voices(cast: Cast, count: int) -> None:
    voices = [playable(cast, f"Voice {number}") for number in range(count)]
    with pytest.raises(NotPossibleError, match="Choose 2 to 8 voices"):
        hold(cast, *voices)


def test_one_voice_twice_is_one_voice(cast: Cast) -> None:
    sora = playable(cast, "Sora")
    with pytest.raises(NotPossibleError, match="Choose 2 to 8 voices"):
        hold(cast, sora, sora)


def test_voice_that_cannot_be_heard_is_refused(cast: Cast) -> None:
    good, silent, ended = playable(cast, "Sora"), make_voice(cast.ed, name="Luna"), playable(cast, "Mika")
    Voice.objects.filter(pk=ended.pk).update(consent=make_consent(cast.ed, withdrawn_at=NOW))
    deleted = make_voice(cast.ed, name="Gone", deleted_at=NOW)
    foreign = make_voice(cast.sam, name="Foreign")
    for voice, reason in (
        (silent, "Luna has no preview yet"),
        (ended, "Mika can't be played"),
        (deleted, "no longer in the library"),
        (foreign, "no longer in the library"),
    ):
        with pytest.raises(NotPossibleError, match=reason):
            hold(cast, good, voice)
    assert not Audition.objects.exists()


def test_open_auditions_of_a_team_are_limited(cast: Cast) -> None:
    voices = [playable(cast, "Sora"), playable(cast, "Luna")]
    rows = [
        Audition(team=cast.northwind, title=TITLE, holder_name="Ed", created_at=NOW) for _ in range(MAX_OPEN)
    ]
    Audition.objects.bulk_create(rows)
    with pytest.raises(NotPossibleError, match="50 auditions open"):
        hold(cast, *voices)
    Audition.objects.filter(pk=rows[0].pk).update(ends_at=NOW)
    assert hold(cast, *voices)


@pytest.mark.parametrize("who", ["ed", "ada"])
def test_holder_and_admins_end_an_audition_once(cast: Cast, who: str) -> None:
    audition, by = make_audition(cast.ed), getattr(cast, who)
    assert end_audition(member=by, audition=audition, now=NOW)
    assert not end_audition(member=by, audition=audition, now=NOW + timedelta(hours=1))
    audition.refresh_from_db()
    assert audition.ends_at == NOW
    assert AuditEntry.objects.filter(verb="audition.ended").count() == 1


def test_other_editors_may_not_end_or_delete_an_audition(cast: Cast) -> None:
    audition, eve = make_audition(cast.ed), member(cast.northwind, "Eve", Role.EDITOR)
    for by in (eve, cast.vera):
        with pytest.raises(PermissionDenied):
            end_audition(member=by, audition=audition, now=NOW)
        with pytest.raises(PermissionDenied):
            delete_audition(member=by, audition=audition)


def test_deleting_an_audition_deletes_its_ratings(cast: Cast) -> None:
    audition = make_audition(cast.ed, playable(cast, "Sora"))
    make_ratings(audition, cast.vera, Sora=4)
    assert delete_audition(member=cast.ed, audition=audition)
    assert not delete_audition(member=cast.ed, audition=audition)
    assert not Rating.objects.exists()
    assert Voice.objects.filter(name="Sora").exists()
    assert AuditEntry.objects.get(verb="audition.deleted").thing_name == TITLE
