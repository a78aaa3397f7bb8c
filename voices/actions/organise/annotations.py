"""Moving a voice from stage to stage, and the team's note on it: each over what the person saw, or not at all."""

import hashlib
import unicodedata
from datetime import datetime

from django.db import transaction
from django.db.models import F

from voices import audit
from voices.access import Verb, require
from voices.actions.voice.search_text import library_changed
from voices.models import Membership, Stage, Voice

MAX_NOTES = 5_000
LINES = {"\n", "\t"}


class NoteError(Exception):
    """The note cannot be kept as it is; the message is a sentence for the person."""


def move_stage(*, member: Membership, voice: Voice, seen: str, stage: Stage, now: datetime) -> bool:
    """Whether the voice is in that stage now; False where somebody moved it from the one that was seen."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        rows = Voice.objects.of_team(member.team).filter(pk=voice.pk)
        if seen == stage:
            return rows.filter(stage=stage).exists()
        if not rows.filter(stage=seen).update(stage=stage, version=F("version") + 1, changed_at=now):
            return False
        facts = {"from": seen, "stage": stage.value}
        audit.record(actor=member.user, team=member.team, verb="voice.staged", thing=voice, **facts)
        library_changed(member.team_id)
    return True


def read_note(typed: str) -> str:
    """The note as it is kept: plain text with line breaks, nothing invisible else. Raises NoteError."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n")
    kept = (one for one in text if one in LINES or unicodedata.category(one) not in {"Cc", "Cs"})
    note = unicodedata.normalize("NFC", "".join(kept)).strip()
    if len(note) > MAX_NOTES:
        raise NoteError(f"A note has at most {MAX_NOTES:,} characters; this one has {len(note):,}.")
    return note


def note_mark(note: str) -> str:
    """What tells one state of a note from another, short enough for a form."""
    return hashlib.sha256(note.encode()).hexdigest()[:16]


def write_note(*, member: Membership, voice: Voice, note: str, seen: str, now: datetime) -> bool:
    """Whether the voice's note says this now; False where it is not the one any more whose mark was seen."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = Voice.objects.of_team(member.team).select_for_update().filter(pk=voice.pk).first()
        if row is None or (row.notes != note and note_mark(row.notes) != seen):
            return False
        if row.notes != note:
            Voice.objects.filter(pk=row.pk).update(notes=note, version=F("version") + 1, changed_at=now)
            audit.record(
                actor=member.user, team=member.team, verb="voice.noted", thing=row, characters=len(note)
            )
            library_changed(member.team_id)
    return True
