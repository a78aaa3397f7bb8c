"""The star of a voice, on its page and in the library's list."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from voices.access import get_played_voice_for
from voices.actions.bulk.changes import change_at_once
from voices.actions.bulk.submit import BulkOperation
from voices.models import BulkVerb, Voice
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url


@require_POST
@team_page
def favourite(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Add a voice to the person's favourites, or remove it."""
    voice, on = get_played_voice_for(request.member, voice_id), request.POST.get("on") == "1"
    operation = BulkOperation(BulkVerb.FAVOURITE if on else BulkVerb.UNFAVOURITE)
    change_at_once(member=request.member, operation=operation, voices=[voice.pk], now=timezone.now())
    if not request.htmx:
        return redirect_after_post(request, _next_url(request, voice))
    voice.is_favourite = on
    context = {"voice": voice, "star_form": "stars" if _is_listed(request) else "star"}
    return render(request, "voice/_favourite.html", context)


def _is_listed(request: StudioRequest) -> bool:
    """Whether the star is one of the library's list, whose form also sends the list's query."""
    return "query" in request.POST


def _next_url(request: StudioRequest, voice: Voice) -> str:
    if _is_listed(request):
        return f"{posted_library_url(request)}#voice-{voice.pk}"
    return reverse("voices:voice", args=[voice.pk])
