"""The audio of a stored recording: as sent, and as uploaded."""

from dataclasses import replace
from pathlib import PurePath
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from voices.access import get_heard_sample_for
from voices.actions.files import MissingFileError
from voices.kit.names import file_name
from voices.models import Sample
from voices.web.http import StudioRequest, team_page
from voices.web.stored_audio import StoredAudio, answer

# By the detected format, never by the file name or the browser's type.
TYPES = {
    "3gp": "audio/3gpp",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "caf": "audio/x-caf",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mkv": "audio/x-matroska",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
    "wma": "audio/x-ms-wma",
}
UNKNOWN_TYPE = "application/octet-stream"
CACHE = "private, no-cache"  # revalidated each time, as permissions may change


@require_safe
@team_page
def audio(request: StudioRequest, sample_id: UUID) -> HttpResponse:
    """Send the audio as it is sent to Althea, for members who may clone."""
    return _answer(request, _as_sent(get_heard_sample_for(request.member, sample_id, now=timezone.now())))


@require_safe
@team_page
def original(request: StudioRequest, sample_id: UUID) -> HttpResponse:
    """Send the uploaded file; for an edited recording, the whole original."""
    return _answer(
        request, _as_received(get_heard_sample_for(request.member, sample_id, now=timezone.now()).source)
    )


def _answer(request: StudioRequest, stored: StoredAudio) -> HttpResponse:
    try:
        return answer(request, stored)
    except MissingFileError as problem:
        raise Http404("This recording is no longer stored.") from problem


def _as_sent(sample: Sample) -> StoredAudio:
    return StoredAudio(
        sample.file,
        sample.sent_size_bytes,
        sample.content_type,
        etag=f'"{sample.sent_sha256}"',
        filename=_named(sample, sample.sent_container),
        cache=CACHE,
    )


def _as_received(sample: Sample) -> StoredAudio:
    if not sample.original:
        return replace(_as_sent(sample), is_download=True)
    return StoredAudio(
        sample.original,
        sample.size_bytes,
        TYPES.get(sample.container, UNKNOWN_TYPE),
        etag=f'"{sample.sha256}"',
        filename=_named(sample, sample.container or "bin"),
        cache=CACHE,
        is_download=True,
    )


def _named(sample: Sample, extension: str) -> str:
    return file_name(PurePath(sample.filename).stem, extension)
