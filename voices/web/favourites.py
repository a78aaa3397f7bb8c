"""What a team or a person notes of a voice: favourites, tags, stage, notes. Each answers its own small fragment."""

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
from voices.web.bulk.runs import library_url
from voices.web.http import StudioRequest, redirect_after_post, team_page


@require_POST
@team_page
def favourite(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Puts a voice among the person's favourites, or takes it out."""
    voice, on = get_played_voice_for(request.member, voice_id), request.POST.get("on") == "1"
    wish = BulkOperation(BulkVerb.FAVOURITE if on else BulkVerb.UNFAVOURITE)
    change_at_once(member=request.member, operation=wish, voices=[voice.pk], now=timezone.now())
    if not request.htmx:
        return redirect_after_post(request, _back(request, voice))
    voice.is_favourite = on
    context = {"voice": voice, "star_form": "stars" if _is_listed(request) else "star"}
    return render(request, "voice/_favourite.html", context)


def _is_listed(request: StudioRequest) -> bool:
    """Whether the star stood in the library's list, whose stars' form holds what was asked for."""
    return "query" in request.POST


def _back(request: StudioRequest, voice: Voice) -> str:
    if _is_listed(request):
        return f"{library_url(request)}#voice-{voice.pk}"
    return reverse("voices:voice", args=[voice.pk])
