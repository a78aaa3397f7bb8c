"""The rest of a packed voice: its tags, aliases, stage and note are applied once the voice exists."""

from collections.abc import Iterator
from datetime import datetime

from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.organise.aliases import AliasError, AliasTakenError, make_alias
from voices.actions.organise.annotations import NoteError, move_stage, note_digest, read_note, write_note
from voices.actions.organise.tags import TagError, add_tags, read_tag
from voices.models import Membership, PackImportRow, Stage, Voice

STAGE_WAITS = "Its stage is waiting for approval."


def finish_voice(*, member: Membership, row: PackImportRow, voice: Voice, now: datetime) -> list[str]:
    """Apply the packed tags, aliases, stage and note, each by its own action. Return a sentence for each failure.

    Repeating it changes nothing.
    """
    return [
        *_tag(member, row, voice, now),
        *_name(member, row, voice, now),
        *_note(member, row, voice, now),
        *_stage(member, row, voice, now),
    ]


def _tag(member: Membership, row: PackImportRow, voice: Voice, now: datetime) -> Iterator[str]:
    try:
        add_tags(member=member, voice=voice, names=[read_tag(one) for one in row.packed.tags], now=now)
    except TagError as problem:
        yield str(problem)


def _name(member: Membership, row: PackImportRow, voice: Voice, now: datetime) -> Iterator[str]:
    for name in row.packed.aliases:
        try:
            make_alias(member=member, name=name, voice=voice, now=now)
        except AliasTakenError as problem:
            if problem.other.voice_id != voice.pk:
                yield str(problem)
        except AliasError as problem:
            yield str(problem)


def _note(member: Membership, row: PackImportRow, voice: Voice, now: datetime) -> Iterator[str]:
    try:
        note = read_note(row.packed.notes)
    except NoteError as problem:
        yield str(problem)
        return
    if note:
        write_note(member=member, voice=voice, note=note, seen=note_digest(""), now=now)


def _stage(member: Membership, row: PackImportRow, voice: Voice, now: datetime) -> Iterator[str]:
    if row.packed.stage not in Stage.values or row.packed.stage == Stage.DRAFT:
        return
    try:
        move_stage(member=member, voice=voice, seen=Stage.DRAFT, stage=Stage(row.packed.stage), now=now)
    except WaitsForApprovalError:
        yield STAGE_WAITS
