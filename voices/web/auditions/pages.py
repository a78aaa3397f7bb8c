"""The pages of auditions: the list, starting one, a member's ballot or the result, ending and deleting."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import (
    Verb,
    get_audition_for,
    get_managed_audition_for,
    may,
    may_manage_audition,
    require,
)
from voices.actions import NotPossibleError
from voices.actions.auditions.holding import delete_audition, end_audition, hold_audition
from voices.library.aliases import targets
from voices.library.auditions import chosen_voices, newest_auditions, result_of
from voices.library.filters import clean_query
from voices.models import MAX_VOICES, Audition
from voices.web.auditions.ballot import ballot_page
from voices.web.auditions.form import AuditionForm, read_voice_ids
from voices.web.auditions.wording import headline
from voices.web.bulk.form import read_selection
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url

ALREADY_DELETED = "Someone already deleted this audition."
ALREADY_ENDED = "This audition had already ended."


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's auditions, newest first."""
    context = {
        "page": "auditions",
        "auditions": newest_auditions(request.member, now=timezone.now()),
        "can_hold": may(request.member, Verb.HOLD_AUDITION),
    }
    return render(request, "auditions/list.html", context)


@require_POST
@team_page
def pick(request: StudioRequest) -> HttpResponse:
    """Take the voices selected in the library to the form."""
    require(request.member, Verb.HOLD_AUDITION)
    try:
        chosen = read_selection(request.member, request.POST, limit=MAX_VOICES + 1)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect_after_post(request, posted_library_url(request))
    query = urlencode([("voice", str(pk)) for pk in chosen.ids[: MAX_VOICES + 1]])
    return redirect_after_post(request, f"{reverse('voices:audition-new')}?{query}")


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def new(request: StudioRequest) -> HttpResponse:
    """Show the form with a search for voices, or start the audition."""
    require(request.member, Verb.HOLD_AUDITION)
    if request.method != "POST":
        return _show_form(request, AuditionForm(initial=request.GET.dict()))
    form = AuditionForm(request.POST)
    if form.is_valid():
        try:
            audition = hold_audition(
                member=request.member,
                voices=read_voice_ids(request.POST),
                now=timezone.now(),
                **form.cleaned_data,
            )
        except NotPossibleError as problem:
            form.add_error(None, str(problem))
        else:
            return redirect_after_post(request, reverse("voices:audition", args=[audition.pk]))
    return _show_form(request, form)


def _show_form(request: StudioRequest, form: AuditionForm) -> HttpResponse:
    params = request.POST if form.is_bound else request.GET
    query = clean_query(params.get("q", params.get("searched", "")))
    chosen = chosen_voices(request.member, read_voice_ids(params))
    found, more = targets(request.member, query, now_at=None)
    picked = {voice.pk for voice in chosen}
    context = {
        "page": "auditions",
        "form": form,
        "q": query,
        "chosen": picked,
        # The chosen voices stay visible whatever the search finds.
        "voices": [*chosen, *(voice for voice in found if voice.pk not in picked)],
        "more": more,
        "is_full": len(picked) > MAX_VOICES,
    }
    return render(request, "auditions/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@team_page
def show(request: StudioRequest, audition_id: UUID) -> HttpResponse:
    """Show the member's ballot while the audition is open, then the result."""
    audition = get_audition_for(request.member, audition_id)
    if audition.is_open(timezone.now()):
        return ballot_page(request, audition)
    result = result_of(audition)
    context = _context(request, audition) | {"result": result, "headline": headline(result)}
    return render(request, "auditions/result.html", context)


def _context(request: StudioRequest, audition: Audition) -> dict[str, Any]:
    may_manage = may_manage_audition(request.member, audition)
    return {"page": "auditions", "audition": audition, "may_manage": may_manage}


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def end(request: StudioRequest, audition_id: UUID) -> HttpResponse:
    """Ask whether to end the audition, or end it."""
    audition = get_managed_audition_for(request.member, audition_id)
    if request.method != "POST":
        return render(request, "auditions/end.html", _context(request, audition))
    if not end_audition(member=request.member, audition=audition, now=timezone.now()):
        messages.info(request, ALREADY_ENDED)
    return redirect_after_post(request, reverse("voices:audition", args=[audition.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def delete(request: StudioRequest, audition_id: UUID) -> HttpResponse:
    """Ask whether to delete the audition, or delete it."""
    audition = get_managed_audition_for(request.member, audition_id)
    if request.method != "POST":
        return render(request, "auditions/delete.html", _context(request, audition))
    if delete_audition(member=request.member, audition=audition):
        messages.success(request, f"Audition “{audition.title}” deleted.")
    else:
        messages.info(request, ALREADY_DELETED)
    return redirect_after_post(request, reverse("voices:auditions"))
