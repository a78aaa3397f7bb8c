"""Slots: the meter at the side, what could make room, and looking again."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_key_for, require
from voices.actions.keys.quota import check_again
from voices.actions.voice.usage import agents_using_any
from voices.library.quota import SHOWN, could_go, quotas_in
from voices.web.http import StudioRequest, redirect_after_post, team_page


@require_safe
@team_page
def room(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """The voices of a full account that could go: those that no agent names, the least missed first."""
    require(request.member, Verb.DELETE_VOICE)
    key = get_key_for(request.user, key_id)
    if key.account is None:
        raise Http404("The account of this key isn't known yet. Test the key first.")
    voices = could_go(request.member, key.account)
    uses = agents_using_any(request.member, voices)
    used = {voice.pk for _, voice in uses.agents}
    context = {
        "page": "clone",
        "voices": [voice for voice in voices if voice.pk not in used][:SHOWN],
        "account": key.account,
        "problem": next((why for _, why in uses.problems), ""),
        "slots": quotas_in([key.account]),
    }
    return render(request, "clone/_room.html" if request.htmx else "clone/room.html", context)


@require_POST
@team_page
def check(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Reads the account anew, and asks for its voices to be counted anew."""
    require(request.member, Verb.CLONE)
    key = check_again(member=request.member, key=get_key_for(request.user, key_id))
    if key.last_problem:
        messages.warning(request, f"Couldn't check {key.label}: {key.last_problem}")
    else:
        messages.success(request, f"Rechecked {key.account}. Counting voices…")
    return redirect_after_post(request, reverse("voices:clone"))
