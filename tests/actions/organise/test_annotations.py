"""Stage and note of a voice: moved and written over what was seen, or not at all."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.organise.annotations import (
    MAX_NOTES,
    NoteError,
    move_stage,
    note_digest,
    read_note,
    write_note,
)
from voices.library.history import last_note
from voices.models import AuditEntry, Stage, Team, Voice


@pytest.fixture
def voice(cast: Cast) -> Voice:
    return make_voice(cast.ed, changed_at=NOON)


def row(voice: Voice) -> Voice:
    return Voice.objects.get(pk=voice.pk)


def test_stage_change_is_audited_and_counted(cast: Cast, voice: Voice) -> None:
    revision = Team.objects.get(pk=voice.team_id).library_revision
    assert move_stage(member=cast.ed, voice=voice, seen="draft", stage=Stage.APPROVED, now=timezone.now())
    now = row(voice)
    assert (now.stage, now.version, now.changed_at > NOON) == ("approved", voice.version + 1, True)
    assert AuditEntry.objects.get().facts == {"from": "draft", "stage": "approved"}
    assert Team.objects.get(pk=voice.team_id).library_revision > revision


def test_stage_change_from_a_stale_page_changes_nothing(cast: Cast, voice: Voice) -> None:
    move_stage(member=cast.ada, voice=voice, seen="draft", stage=Stage.RETIRED, now=NOON)
    assert not move_stage(member=cast.ed, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    assert (row(voice).stage, AuditEntry.objects.count()) == ("retired", 1)


def test_stage_change_to_the_same_stage_writes_nothing(cast: Cast, voice: Voice) -> None:
    assert move_stage(member=cast.ed, voice=voice, seen="draft", stage=Stage.DRAFT, now=NOON)
    assert not AuditEntry.objects.exists()


def test_stage_of_a_deleted_or_foreign_voice_is_unchanged(cast: Cast, voice: Voice) -> None:
    assert not move_stage(member=cast.sam, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    Voice.objects.update(deleted_at=NOON)
    assert not move_stage(member=cast.ed, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    assert not write_note(member=cast.ed, voice=voice, note="x", seen=note_digest(""), now=NOON)
    assert row(voice).stage == "draft"


def test_viewer_may_not_change_stage_or_note(cast: Cast, voice: Voice) -> None:
    with pytest.raises(PermissionDenied):
        move_stage(member=cast.vera, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    with pytest.raises(PermissionDenied):
        write_note(member=cast.vera, voice=voice, note="x", seen=note_digest(""), now=NOON)


def test_note_keeps_plain_text_and_line_breaks() -> None:
    assert read_note("  one\r\n\r\ntwo\rthree\x00\x07\ud800\t! \n") == "one\n\ntwo\nthree\t!"
    assert read_note("x" * MAX_NOTES) == "x" * MAX_NOTES
    with pytest.raises(NoteError, match="5,001"):
        read_note("x" * (MAX_NOTES + 1))


def test_note_records_its_last_writer(cast: Cast, voice: Voice) -> None:
    assert last_note(voice) is None
    assert write_note(member=cast.ed, voice=voice, note="Warm.", seen=note_digest(""), now=NOON)
    assert row(voice).notes == "Warm."
    assert row(voice).version == voice.version + 1
    told = last_note(row(voice))
    assert told is not None
    assert (told.who, told.at) == ("Ed", NOON)
    assert "Warm" not in str(AuditEntry.objects.get().facts)


def test_note_does_not_overwrite_an_unseen_note(cast: Cast, voice: Voice) -> None:
    write_note(member=cast.ada, voice=voice, note="Ada's", seen=note_digest(""), now=NOON)
    assert not write_note(member=cast.ed, voice=voice, note="Ed's", seen=note_digest(""), now=NOON)
    assert row(voice).notes == "Ada's"
    assert write_note(member=cast.ed, voice=voice, note="Ed's", seen=note_digest("Ada's"), now=NOON)
    # The same words twice are no conflict, and no second line.
    assert write_note(member=cast.ada, voice=voice, note="Ed's", seen=note_digest("Ada's"), now=NOON)
    assert AuditEntry.objects.count() == 2


def test_note_is_saved_despite_a_tag_or_stage_change_meanwhile(cast: Cast, voice: Voice) -> None:
    move_stage(member=cast.ada, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    assert write_note(member=cast.ed, voice=voice, note="Ed's", seen=note_digest(""), now=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_four_concurrent_stage_or_note_changes_one_wins() -> None:
    cast = make_cast()
    voice = make_voice(cast.ed)
    stages = (Stage.APPROVED, Stage.RETIRED, Stage.APPROVED, Stage.RETIRED)
    moved = at_once(
        lambda number: move_stage(
            member=cast.ed, voice=voice, seen="draft", stage=stages[number], now=timezone.now()
        )
    )
    mark = note_digest("")
    wrote = at_once(
        lambda number: write_note(
            member=cast.ed, voice=voice, note=f"by {number}", seen=mark, now=timezone.now()
        )
    )
    assert (sum(moved), sum(wrote), AuditEntry.objects.count()) == (1, 1, 2)
