"""The page that shows two to four voices side by side."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from voices.access import NO_VOICE, get_compared_voices_for
from voices.library.comparison import MAX_VOICES, MIN_VOICES, compare
from voices.models import Voice
from voices.web.bulk.form import read_selection
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url

TOO_FEW = "Select at least two voices in the library, then choose “Compare”."
TOO_MANY = "You can compare at most four voices at a time. Select fewer in the library."


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@gzip_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the voices that the URL names; on POST, take those selected in the library there."""
    if request.method == "POST":
        return _pick(request)
    ids = list(dict.fromkeys(_read_ids(request.GET.getlist("voice"))))
    context: dict[str, Any] = {"page": "library"}
    if not MIN_VOICES <= len(ids) <= MAX_VOICES:
        problem = TOO_FEW if len(ids) < MIN_VOICES else TOO_MANY
        return render(request, "compare/page.html", context | {"problem": problem})
    voices = get_compared_voices_for(request.member, ids)
    context |= _comparison(voices, only_differences=request.GET.get("only") == "differences")
    return render(request, "compare/page.html", context)


def _pick(request: StudioRequest) -> HttpResponse:
    try:
        chosen = read_selection(request.member, request.POST, limit=MAX_VOICES + 1)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect_after_post(request, posted_library_url(request))
    return redirect_after_post(request, _address(chosen.ids[: MAX_VOICES + 1]))


def _read_ids(given: Iterable[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in given]
    except ValueError as problem:
        raise Http404(NO_VOICE) from problem  # treated like a voice of another team


def _address(ids: Iterable[UUID], **more: str) -> str:
    query = urlencode([*(("voice", str(pk)) for pk in ids), *more.items()])
    return f"{reverse('voices:compare')}?{query}"


def _comparison(voices: list[Voice], *, only_differences: bool) -> dict[str, Any]:
    now, ids = timezone.now(), [voice.pk for voice in voices]
    return {
        "columns": [
            {
                "voice": voice,
                "preview": getattr(voice, "preview", None),
                "is_quarantined": voice.is_quarantined(now),
            }
            for voice in voices
        ],
        "sections": compare(voices, today=now.date(), only_differences=only_differences),
        "only_differences": only_differences,
        "everything_url": _address(ids),
        "differences_url": _address(ids, only="differences"),
    }
