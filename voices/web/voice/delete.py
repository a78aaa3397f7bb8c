"""The page to delete a voice at Althea, or to remove one that is missing there from the library."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from voices.access import Verb, get_voice_for, may, require
from voices.actions import NotPossibleError
from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.voice.delete import delete_message, delete_voice, remove_gone_voice
from voices.actions.voice.upstream_change import ChangeStatus, blocked_reason, own_key_for
from voices.actions.voice.usage import agents_using, reading_key
from voices.models import Voice
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.voice.details import recording_facts

DELETED_MESSAGE = "{} was {}. <a href='{}'>See what's left</a>"


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Show what a deletion means, or delete the voice. It is no error if someone else just did."""
    voice = get_voice_for(request.member, voice_id)
    require(request.member, Verb.DELETE_VOICE)
    if voice.deleted_at is not None:
        messages.info(request, f"{voice.name} is already deleted.")
        return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))
    if request.method != "POST":
        return _show(request, voice)
    # Delete at Althea only if the page asked about that: a missing voice may be back since the page was loaded.
    if voice.gone_at is None and request.POST.get("asked") == "delete":
        return _delete(request, voice)
    return _remove(request, voice)


def _remove(request: StudioRequest, voice: Voice) -> HttpResponse:
    if remove_gone_voice(member=request.member, voice=voice, now=timezone.now()):
        return _to_library(request, voice, "removed from the library")
    messages.error(request, f"{voice.name} is available at Althea again, so it stays in the library.")
    return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))


def _delete(request: StudioRequest, voice: Voice) -> HttpResponse:
    key = own_key_for(request.user, voice.account)
    if key is None or blocked_reason(request.user, voice):
        return _show(request, voice, status=422)
    try:
        outcome = delete_voice(member=request.member, voice=voice, key=key)
    except WaitsForApprovalError:
        messages.success(
            request, f"Requested. {voice.name} will be deleted once another editor or admin approves."
        )
        return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))
    except NotPossibleError as problem:
        return _show(request, voice, problem=str(problem), status=422)
    if outcome.status is ChangeStatus.DONE:
        return _to_library(request, voice, "deleted at Althea")
    is_key_bad = outcome.status is ChangeStatus.KEY_REFUSED
    return _show(request, voice, problem=delete_message(outcome, key), is_key_bad=is_key_bad, status=422)


def _to_library(request: StudioRequest, voice: Voice, done: str) -> HttpResponse:
    url = reverse("voices:voice", args=[voice.pk])
    messages.success(request, format_html(DELETED_MESSAGE, voice.name, done, url))
    return redirect_after_post(request, reverse("voices:library"))


def _show(
    request: StudioRequest, voice: Voice, *, problem: str = "", is_key_bad: bool = False, status: int = 200
) -> HttpResponse:
    key = reading_key(request.member, voice)
    context = {
        "page": "library",
        "voice": voice,
        "usage": None if voice.is_public else agents_using(key, voice),
        "refusal": "" if voice.gone_at or problem else blocked_reason(request.user, voice),
        "problem": problem,
        "is_key_bad": is_key_bad,
        "needs_approval": voice.gone_at is None and request.member.team.two_person_rule,
        "is_public": voice.is_public,
        "aliases": voice.aliases.all(),
        "recording": recording_facts(voice.sample, voice.job) if voice.sample else "",
        "can_clone_again": may(request.member, Verb.CLONE_AGAIN),
    }
    return render(request, "voice/delete.html", context, status=status)
