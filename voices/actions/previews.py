"""Fetching and keeping previews; the worker calls Althea in between."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from voices import althea, audit
from voices.audio.peaks import Wave, peaks_in_child
from voices.models import Membership, PreviewFile, PreviewState, Voice

RETRY_AFTER = (5.0, 60.0)


@dataclass(frozen=True)
class Fetched:
    """A preview as it came, with its waveform; `wave` is None when it could not be decoded."""

    preview: althea.Preview
    wave: Wave | None


def draw_wave(preview: althea.Preview) -> Wave | None:
    """The preview's waveform, decoded in a limited child process."""
    suffix = ".mp3" if preview.content_type == "audio/mpeg" else ".wav"
    with tempfile.NamedTemporaryFile(dir=settings.UPLOAD_DIR, suffix=suffix) as file:
        file.write(preview.content)
        file.flush()
        return peaks_in_child(Path(file.name))


def keep_preview(*, row: PreviewFile, fetched: Fetched, now: datetime) -> PreviewFile:
    """The preview, stored and ready to play. Its type is what the bytes are, whatever Althea called them."""
    content, wave = fetched.preview.content, fetched.wave
    row.content_type = fetched.preview.content_type
    row.size_bytes, row.etag = len(content), f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    row.seconds, row.peaks = (wave.seconds, list(wave.peaks)) if wave else (None, [])
    row.state, row.problem, row.fetched_at, row.lease_until = PreviewState.READY, "", now, None
    if row.file:
        row.file.delete(save=False)
    row.file.save("preview", ContentFile(content), save=False)
    row.save()
    return row


def preview_failed(*, row: PreviewFile, message: str, passing: bool, now: datetime) -> PreviewFile:
    """The preview, put off (twice at most, where the problem may pass) or failed with Althea's words."""
    row.attempts += 1
    row.problem, row.lease_until = message[:300], None
    if passing and row.attempts <= len(RETRY_AFTER):
        row.due_at = now + timedelta(seconds=RETRY_AFTER[row.attempts - 1])
    else:
        row.state = PreviewState.FAILED
    row.save(update_fields=["attempts", "problem", "lease_until", "due_at", "state"])
    return row


def retry_preview(*, member: Membership, voice: Voice, now: datetime) -> PreviewFile:
    """The preview, wished for again: at once, by whoever may see the voice."""
    with transaction.atomic():
        row, made = PreviewFile.objects.get_or_create(voice=voice, defaults={"due_at": now})
        if made or row.state == PreviewState.FAILED:
            row.state, row.attempts, row.problem, row.due_at, row.lease_until = (
                PreviewState.WAITING,
                0,
                "",
                now,
                None,
            )
            row.save()
            audit.record(actor=member.user, team=member.team, verb="preview.retried", thing=voice)
    return row
