"""Slots of an account: which voices could be deleted to free one, and a new check."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_key_for, require
from voices.actions.keys.quota import check_again
from voices.actions.voice.usage import agents_using_any
from voices.library.quota import SHOWN, deletion_candidates, quotas_in
from voices.web.http import StudioRequest, redirect_after_post, team_page


@require_safe
@team_page
def room(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Show voices of a full account that no agent uses, the least played first."""
    require(request.member, Verb.DELETE_VOICE)
    key = get_key_for(request.user, key_id)
    if key.account is None:
        raise Http404("The account of this key isn't known yet. Test the key first.")
    voices = deletion_candidates(request.member, key.account)
    usage = agents_using_any(request.member, voices)
    used = {voice.pk for _, voice in usage.agents}
    context = {
        "page": "clone",
        "voices": [voice for voice in voices if voice.pk not in used][:SHOWN],
        "account": key.account,
        "problem": next((problem for _, problem in usage.problems), ""),
        "slots": quotas_in([key.account]),
    }
    return render(request, "clone/_room.html" if request.htmx else "clone/room.html", context)


@require_POST
@team_page
def check(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Read the account again and have its voices counted again."""
    require(request.member, Verb.CLONE)
    test = check_again(member=request.member, key=get_key_for(request.user, key_id))
    if test.problem:
        messages.warning(request, f"Couldn't check {test.key.label}: {test.problem}")
    else:
        messages.success(request, f"Rechecked {test.key.account}. Counting voices…")
    return redirect_after_post(request, reverse("voices:clone"))
