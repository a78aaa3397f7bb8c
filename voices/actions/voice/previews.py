"""Fetching and storing previews; the worker calls Althea between these steps."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from voices import althea, audit
from voices.actions.files import create_file_intent, mark_orphaned, settle
from voices.actions.voice.health import note_health
from voices.audio.peaks import Wave, peaks_in_child
from voices.kit.origin import current_request_id
from voices.models import Health, Membership, PreviewFile, PreviewState, Voice

RETRY_AFTER = (5.0, 60.0)


@dataclass(frozen=True)
class Fetched:
    """A preview from Althea, with its waveform; `wave` is None if it could not be decoded."""

    preview: althea.Preview
    wave: Wave | None


def draw_wave(preview: althea.Preview) -> Wave | None:
    """Return the preview's waveform, decoded in a limited child process; None if it cannot be decoded."""
    suffix = ".mp3" if preview.content_type == "audio/mpeg" else ".wav"
    with tempfile.NamedTemporaryFile(dir=settings.UPLOAD_DIR, suffix=suffix) as file:
        file.write(preview.content)
        file.flush()
        return peaks_in_child(Path(file.name))


def create_preview_intent(*, row: PreviewFile, preview: althea.Preview, now: datetime) -> str:
    """Record that the preview's file is about to be stored. Return its path.

    Its type is detected from the bytes, whatever Althea declares.
    """
    row.content_type = preview.content_type
    return create_file_intent(row.file, str(row.voice_id), row.extension, now=now)


def store_preview(*, row: PreviewFile, fetched: Fetched, path: str, now: datetime) -> bool:
    """Make the stored file at `path` the voice's preview. Return False if the voice is deleted or someone else won.

    The older file is deleted last, so that there is always one to play.
    """
    content, wave, older = fetched.preview.content, fetched.wave, str(row.file.name or "")
    facts: dict[str, Any] = {
        "file": path, "content_type": row.content_type, "size_bytes": len(content),
        "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"', "fetched_at": now,
        "seconds": wave.seconds if wave else None, "peaks": list(wave.peaks) if wave else [],
    }  # fmt: skip
    with transaction.atomic():
        kept = _end_fetch(row, state=PreviewState.READY, problem="", **facts)
        if kept:
            settle(row.file)
            note_health(row.voice, Health.GOOD, now=now)
        if kept and older:
            mark_orphaned(older, now=now)
    return kept


def _end_fetch(row: PreviewFile, **columns: Any) -> bool:
    return row.update_if_held(row.lease_holder, lease_until=None, **columns)


def preview_failed(
    *, row: PreviewFile, message: str, passing: bool, now: datetime, problem: str = ""
) -> bool:
    """Put the preview off, at most twice and for a temporary problem, or fail it. Return False if someone else won.

    `problem` is the voice's own problem, if the failure is about the voice.
    """
    columns = {"attempts": row.attempts + 1, "problem": message[:300]}
    if passing and row.attempts < len(RETRY_AFTER):
        return _end_fetch(row, due_at=now + timedelta(seconds=RETRY_AFTER[row.attempts]), **columns)
    with transaction.atomic():
        failed = _end_fetch(row, state=PreviewState.FAILED, **columns)
        if failed:
            note_health(row.voice, Health.FAILING, now=now, problem=problem)
    return failed


def retry_preview(*, member: Membership, voice: Voice, now: datetime) -> PreviewFile:
    """Request the preview again, at once. Everybody who may see the voice may do this."""
    with transaction.atomic():
        row, made = PreviewFile.objects.get_or_create(voice=voice, defaults={"due_at": now})
        failed = PreviewFile.objects.filter(pk=row.pk, state=PreviewState.FAILED)
        # The condition is the lock: of two clicks, and of a click and a worker, one wins.
        if failed.update(**_requested(now)) or made:
            audit.record_by(member, "preview.retried", voice)
            row.refresh_from_db()
    return row


def refetch_preview(*, row: PreviewFile, now: datetime) -> bool:
    """Request a preview again whose file is missing in the storage. Return False if that was already done."""
    lost = PreviewFile.objects.filter(pk=row.pk, state=PreviewState.READY, file=row.file.name)
    return bool(lost.update(**_requested(now)))


def _requested(now: datetime) -> dict[str, Any]:
    fresh: dict[str, Any] = {"attempts": 0, "crashes": 0, "problem": "", "due_at": now, "lease_until": None}
    return {"state": PreviewState.WAITING, "request_id": current_request_id(), **fresh}
