"""A voice: its page, its player, its preview's bytes."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from voices.access import get_played_voice_for, get_voice_for
from voices.actions.previews import retry_preview
from voices.kit.ranges import UnsatisfiableRangeError, parse_range
from voices.models import PreviewFile, PreviewState, Voice
from voices.providers.registry import describe_definition
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice_facts import facts_of, origin_of
from voices.web.voice_ways import ways_on

# The bytes are somebody's upload: whatever they are, they are only ever audio and never a page.
AUDIO_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Cookie",
}


@require_safe
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """A voice with every field of the API's answer, in words, and where it came from."""
    voice = get_voice_for(request.member, voice_id)
    context = {
        "page": "library",
        "voice": voice,
        "preview": getattr(voice, "preview", None),
        "facts": facts_of(voice),
        "origin": origin_of(voice),
        "definition": describe_definition(voice.definition),
        **ways_on(request.member, voice),
    }
    return render(request, "voices/page.html", context)


def _show_player(request: StudioRequest, voice: Voice, *, autoplay: bool) -> HttpResponse:
    context = {"voice": voice, "preview": getattr(voice, "preview", None), "autoplay": autoplay}
    return render(request, "voices/_player.html", context)


@require_safe
@team_page
def player(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """The player fragment, which the row turns into on a click; it plays as soon as it can, unless asked quietly."""
    voice = get_played_voice_for(request.member, voice_id)
    return _show_player(request, voice, autoplay="quiet" not in request.GET)


@require_POST
@team_page
def retry(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Asks for a failed preview again."""
    voice = get_played_voice_for(request.member, voice_id)
    voice.preview = retry_preview(member=request.member, voice=voice, now=timezone.now())
    if request.htmx:
        return _show_player(request, voice, autoplay=False)
    return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))


@require_safe
@team_page
def audio(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """The cached preview's bytes, with Range and ETag, for members of the team only."""
    voice = get_played_voice_for(request.member, voice_id)
    preview: PreviewFile | None = getattr(voice, "preview", None)
    if preview is None or preview.state != PreviewState.READY:
        raise Http404("This voice has no preview yet.")
    if preview.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=_headers(preview, voice, request))
    try:
        return _bytes(request, preview, voice)
    except UnsatisfiableRangeError as problem:
        return HttpResponse(status=416, headers={"Content-Range": problem.content_range})


def _headers(preview: PreviewFile, voice: Voice, request: StudioRequest) -> dict[str, str]:
    kind = "attachment" if "download" in request.GET else "inline"
    named = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in voice.name).strip(
        "-"
    )
    disposition = f'{kind}; filename="{named or "voice"}.{preview.extension}"'
    return AUDIO_HEADERS | {"ETag": quote_etag(preview.etag), "Content-Disposition": disposition}


def _bytes(request: StudioRequest, preview: PreviewFile, voice: Voice) -> HttpResponse:
    headers = _headers(preview, voice, request)
    # If-Range: a player that has an older preview's first half gets the new one whole.
    asked = (
        request.headers.get("Range")
        if request.headers.get("If-Range", preview.etag) == preview.etag
        else None
    )
    part = parse_range(asked, size=preview.size_bytes)
    start, length = (part.start, part.length) if part else (0, preview.size_bytes)
    if part:
        headers["Content-Range"] = part.content_range(preview.size_bytes)
    if request.method == "HEAD":
        return HttpResponse(
            headers=headers | {"Content-Length": str(length)}, content_type=preview.content_type
        )
    # At most 12 MB by the client's cap; most previews are below 200 KB, so a stream would cost more than it saves.
    with preview.file.open("rb") as file:
        file.seek(start)
        content = file.read(length)
    return HttpResponse(
        content, headers=headers, content_type=preview.content_type, status=206 if part else 200
    )
