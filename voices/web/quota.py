"""Slots of an account: which voices could be deleted to free one, and rechecking the quota."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_key_for, require
from voices.actions.keys.quota import check_again
from voices.actions.voice.usage import agents_using_any
from voices.library.quota import SHOWN, deletion_candidates, full_accounts, quotas_in, quotas_of
from voices.library.sync_status import sync_status
from voices.web.clone.form import usable_keys
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
        message = f"Couldn't check {test.key.label}: {test.problem}"
    else:
        message = f"Rechecked {test.key.account}. Counting voices…"
    if request.htmx:
        return _show_full(request, message)
    (messages.warning if test.problem else messages.success)(request, message)
    return redirect_after_post(request, reverse("voices:clone"))


@require_safe
@team_page
def full(request: StudioRequest) -> HttpResponse:
    """Show which accounts are full, which htmx polls while a sync counts their voices; else the clone page."""
    require(request.member, Verb.CLONE)
    if not request.htmx:
        return redirect_after_post(request, reverse("voices:clone"))
    return _show_full(request)


def _show_full(request: StudioRequest, message: str = "") -> HttpResponse:
    """Show the clone form's note on full accounts, and nothing else of the form: it holds what was typed."""
    keys = usable_keys(request.user)
    is_counting = sync_status(request.member).is_live
    context = {
        "keys": keys,
        "full_keys": full_accounts(keys),
        "checked": message or ("Counting voices…" if is_counting else "Voices counted just now."),
        "is_counting": is_counting,
        "slots": quotas_of(request.member),
        "is_fragment": True,
    }
    return render(request, "clone/_full.html", context)
