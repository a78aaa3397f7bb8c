"""The stage of a voice and the team's note on it: changed only if they are still what the person saw."""

import hashlib
import unicodedata
from datetime import datetime

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.bulk.submit import BulkOperation, hold_if_covered
from voices.actions.voice.changed import voices_changed
from voices.models import BulkVerb, Membership, Stage, Voice

MAX_NOTES = 5_000
ALLOWED_CONTROLS = {"\n", "\t"}


class NoteError(Exception):
    """The note cannot be saved as it is. The message is for the person."""


def move_stage(*, member: Membership, voice: Voice, seen: str, stage: Stage, now: datetime) -> bool:
    """Move the voice to the stage. Return False if somebody moved it from the stage that was seen.

    Raises PermissionDenied, WaitsForApprovalError (the two-person rule covers it).
    """
    require(member, Verb.ORGANISE)
    if seen != stage and Voice.objects.of_team(member.team).filter(pk=voice.pk, stage=seen).exists():
        operation = BulkOperation(BulkVerb.STAGE, {"stage": stage.value})
        hold_if_covered(member=member, operation=operation, voices=[voice.pk], now=now)
    with transaction.atomic():
        rows = Voice.objects.of_team(member.team).filter(pk=voice.pk)
        if seen == stage:
            return rows.filter(stage=stage).exists()
        if not rows.filter(stage=seen).change(now, stage=stage):
            return False
        audit.record_by(member, "voice.staged", voice, **{"from": seen, "stage": stage.value})
        voices_changed(member.team_id)
    return True


def read_note(typed: str) -> str:
    """Return the note as it is saved: plain text with line breaks and no control characters. Raises NoteError."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in text if one in ALLOWED_CONTROLS or unicodedata.category(one) not in {"Cc", "Cs"})
    note = unicodedata.normalize("NFC", "".join(kept)).strip()
    if len(note) > MAX_NOTES:
        raise NoteError(f"A note has at most {MAX_NOTES:,} characters; this one has {len(note):,}.")
    return note


def note_digest(note: str) -> str:
    """Return the digest that identifies a version of the note in a form."""
    return hashlib.sha256(note.encode()).hexdigest()[:16]


def write_note(*, member: Membership, voice: Voice, note: str, seen: str, now: datetime) -> bool:
    """Write the voice's note. Return False if it is no longer the one whose digest was `seen`."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = Voice.objects.of_team(member.team).select_for_update().filter(pk=voice.pk).first()
        if row is None or (row.notes != note and note_digest(row.notes) != seen):
            return False
        if row.notes != note:
            author = {"notes_by": member.user, "notes_at": now}
            Voice.objects.filter(pk=row.pk).change(now, notes=note, **author)
            audit.record_by(member, "voice.noted", row, characters=len(note))
            voices_changed(member.team_id)
    return True
