"""The audio of a voice's stored preview."""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from voices.access import get_played_voice_for
from voices.actions.files import LostFileError, read_file
from voices.actions.voice.plays import record_play
from voices.actions.voice.previews import refetch_preview
from voices.kit.names import file_name
from voices.kit.ranges import UnsatisfiableRangeError, parse_range
from voices.models import PreviewFile, PreviewState, Voice
from voices.web.http import StudioRequest, team_page

logger = logging.getLogger(__name__)

# The bytes come from outside: whatever they are, browsers must treat them as audio, never as a page.
AUDIO_HEADERS = {
    "Accept-Ranges": "bytes",
    # Asked for at every play: a voice in quarantine must not play on from the browser's copy.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie",
}
QUARANTINED = "The consent for this voice was withdrawn or has expired, so it can't be played."
LOST = {
    "title": "This preview is being fetched again",
    "message": "Its file was missing. Try again in a moment.",
}


@require_safe
@team_page
def audio(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Answer with the stored preview, with Range and ETag, for members of the team only."""
    voice = get_played_voice_for(request.member, voice_id)
    if voice.is_quarantined(timezone.now()):
        raise PermissionDenied(QUARANTINED)
    preview: PreviewFile | None = getattr(voice, "preview", None)
    if preview is None or preview.state != PreviewState.READY:
        raise Http404("This voice has no preview yet.")
    if preview.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=_headers(preview, voice, request))
    try:
        return _bytes(request, preview, voice)
    except UnsatisfiableRangeError as problem:
        return HttpResponse(status=416, headers={"Content-Range": problem.content_range})
    except LostFileError:
        refetch_preview(row=preview, now=timezone.now())
        answer = render(request, "parts/problem.html", LOST, status=503)
        answer.headers["Retry-After"] = "5"
        return answer


class _PlayResponse(HttpResponse):
    """A response that records the play after it was sent, so that playing never waits for the database."""

    record: Callable[[], object] = staticmethod(lambda: None)

    def close(self) -> None:
        """Record the play, or log a warning if the database is busy."""
        try:
            self.record()
        except (DatabaseError, InterfaceError):
            logger.warning("A play could not be recorded.", exc_info=True)
        finally:
            super().close()


def _headers(preview: PreviewFile, voice: Voice, request: StudioRequest) -> dict[str, str]:
    filename = file_name(voice.name, preview.extension)
    disposition = content_disposition_header("download" in request.GET, filename) or "inline"
    return AUDIO_HEADERS | {"ETag": quote_etag(preview.etag), "Content-Disposition": disposition}


def _bytes(request: StudioRequest, preview: PreviewFile, voice: Voice) -> HttpResponse:
    headers = _headers(preview, voice, request)
    # If-Range: a player that holds the first half of an older preview gets the whole new one.
    range_header = (
        request.headers.get("Range")
        if request.headers.get("If-Range", preview.etag) == preview.etag
        else None
    )
    part = parse_range(range_header, size=preview.size_bytes)
    start, length = (part.start, part.length) if part else (0, preview.size_bytes)
    if part:
        headers["Content-Range"] = part.content_range(preview.size_bytes)
    if request.method == "HEAD":
        return HttpResponse(
            headers=headers | {"Content-Length": str(length)}, content_type=preview.content_type
        )
    # At most 12 MB by the client's limit; most previews are below 200 KB, so a stream would cost more than it saves.
    content = read_file(preview.file, start=start, length=length)
    response = _PlayResponse(
        content, headers=headers, content_type=preview.content_type, status=206 if part else 200
    )
    if start == 0 and "download" not in request.GET:
        response.record = partial(record_play, member=request.member, voice=voice, now=timezone.now())
    return response
