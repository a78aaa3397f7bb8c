"""The audio of a voice's stored preview."""

import logging
from functools import partial
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from voices.access import CONSENT_ENDED, get_played_voice_for
from voices.actions.files import MissingFileError
from voices.actions.voice.plays import record_play
from voices.actions.voice.previews import refetch_preview
from voices.kit.names import file_name
from voices.models import PreviewFile, PreviewState, Voice
from voices.web.http import StudioRequest, team_page
from voices.web.stored_audio import AudioResponse, StoredAudio, answer

logger = logging.getLogger(__name__)

LOST = {
    "title": "This preview is being fetched again",
    "message": "Its file was missing. Try again in a moment.",
}


@require_safe
@team_page
def audio(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Answer with the stored preview, with Range and ETag, for members of the team only."""
    try:
        return send_preview(request, voice_id)
    except MissingFileError:
        response = render(request, "parts/problem.html", LOST, status=503)
        response.headers["Retry-After"] = "5"
        return response


def send_preview(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Return the stored preview or the requested part of it, and record the play.

    Raises Http404, PermissionDenied, StorageError; MissingFileError for one that is being fetched again.
    """
    voice = get_played_voice_for(request.member, voice_id)
    if voice.is_quarantined(timezone.now()):
        raise PermissionDenied(CONSENT_ENDED)
    preview: PreviewFile | None = getattr(voice, "preview", None)
    if preview is None or preview.state != PreviewState.READY:
        raise Http404("This voice has no preview yet.")
    stored = StoredAudio(
        preview.file,
        preview.size_bytes,
        preview.content_type,
        etag=preview.etag,
        filename=file_name(voice.name, preview.extension),
        # Revalidated at every play: a quarantined voice must not play from the browser's cache.
        cache="private, no-cache",
        is_download="download" in request.GET,
    )
    try:
        response = answer(request, stored)
    except MissingFileError:
        refetch_preview(row=preview, now=timezone.now())
        raise
    if isinstance(response, AudioResponse) and response.is_beginning and not stored.is_download:
        # After the response, so that playing never waits for the database.
        response.after_sending = partial(_record_play, request, voice)
    return response


def _record_play(request: StudioRequest, voice: Voice) -> None:
    try:
        record_play(member=request.member, voice=voice, now=timezone.now())
    except (DatabaseError, InterfaceError):
        logger.warning("A play could not be recorded.", exc_info=True)
