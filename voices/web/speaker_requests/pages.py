"""The pages of requests to speakers: the list, new requests, a request's details, and decisions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import Verb, get_request_for, may, may_decide, require, require_decider
from voices.actions import NotPossibleError
from voices.actions.speakers.deciding import accept_recording, decline_recording
from voices.actions.speakers.requests import AskedBeforeError, NewLink, ask_again, ask_speaker, withdraw_link
from voices.library.speaker_requests import newest_requests, standing_of
from voices.models import RequestState, SpeakerRequest
from voices.web.clone.form import TOO_OLD, new_form_token, read_form_token
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.sample.report import shown_recording
from voices.web.speaker_requests.form import AskAgainForm, LinkForm, RequestForm
from voices.web.speaker_requests.link import show_link

SHOWN_ONCE = "This request was already made, and its link was shown then. If it's lost, create a new one."
CAN_ASK_AGAIN = (RequestState.OPEN, RequestState.RECEIVED)


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's requests, newest first."""
    context = {
        "page": "clone",
        "requests": newest_requests(request.member, now=timezone.now()),
        "can_ask": may(request.member, Verb.ASK_SPEAKER),
    }
    return render(request, "requests/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def new(request: StudioRequest) -> HttpResponse:
    """Show the form for a request, or make the request and show its link."""
    require(request.member, Verb.ASK_SPEAKER)
    form = RequestForm(request.POST if request.method == "POST" else None)

    def make(token: UUID) -> NewLink:
        days = form.cleaned_data["days"]
        values = form.values()
        return ask_speaker(member=request.member, days=days, form_token=token, now=timezone.now(), **values)

    return _made(request, form, make) or _show_form(request, "requests/new.html", form, {})


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def again(request: StudioRequest, request_id: UUID) -> HttpResponse:
    """Show the form that asks again, or make the new link and show it."""
    asked = get_request_for(request.member, request_id)
    require_decider(request.member, asked)
    sent = request.POST if request.method == "POST" else None
    form = AskAgainForm(sent, has_recording=asked.sample is not None)

    def make(token: UUID) -> NewLink:
        remark, days = form.cleaned_data["remark"], form.cleaned_data["days"]
        return ask_again(
            member=request.member, request=asked, remark=remark, days=days, form_token=token, now=timezone.now()
        )  # fmt: skip

    return _made(request, form, make) or _show_form(request, "requests/again.html", form, {"asked": asked})


def _made(request: StudioRequest, form: LinkForm, make: Callable[[UUID], NewLink]) -> HttpResponse | None:
    """Return the page of the new link; None, with errors on a sent form, if none was made."""
    if request.method != "POST" or not form.is_valid():
        return None
    token = read_form_token(request.member, request.POST.get("form_token", ""))
    if token is None:
        form.add_error(None, TOO_OLD)
        return None
    try:
        return show_link(request, make(token))
    except AskedBeforeError as problem:
        messages.info(request, SHOWN_ONCE)
        return redirect_after_post(request, reverse("voices:request", args=[problem.request.pk]))
    except NotPossibleError as problem:
        form.add_error(None, str(problem))
        return None


def _show_form(
    request: StudioRequest, template: str, form: LinkForm, context: dict[str, Any]
) -> HttpResponse:
    own = {"page": "clone", "form": form, "form_token": new_form_token(request.member)}
    return render(request, template, own | context, status=422 if form.is_bound else 200)


@require_safe
@team_page
def show(request: StudioRequest, request_id: UUID) -> HttpResponse:
    """Show a request: its details, the recording received, and possible actions."""
    asked = get_request_for(request.member, request_id)
    context = {
        "page": "clone",
        "asked": asked,
        "standing": standing_of(asked, now=timezone.now()),
        "shown": shown_recording(asked.sample) if asked.sample else None,
        "is_unwanted": asked.state in {RequestState.DECLINED, RequestState.REPLACED},
        "can_hear": may(request.member, Verb.CLONE),
        "can_decide": may_decide(request.member, asked),
        "can_ask_again": asked.state in CAN_ASK_AGAIN,
    }
    return render(request, "requests/page.html", context)


def _change(request: StudioRequest, request_id: UUID, change: Callable[..., object]) -> SpeakerRequest:
    """Change the request if that is still possible; if not, add a message that says why."""
    asked = get_request_for(request.member, request_id)
    require_decider(request.member, asked)
    try:
        change(member=request.member, request=asked, now=timezone.now())
    except NotPossibleError as problem:
        messages.error(request, str(problem))
    return asked


@require_POST
@team_page
def accept(request: StudioRequest, request_id: UUID) -> HttpResponse:
    """Accept the recording, and redirect to the clone form with it."""
    asked = _change(request, request_id, accept_recording)
    if asked.state != RequestState.ACCEPTED:
        return redirect_after_post(request, reverse("voices:request", args=[asked.pk]))
    return redirect_after_post(request, f"{reverse('voices:clone')}?request={asked.pk}")


@require_POST
@team_page
def decline(request: StudioRequest, request_id: UUID) -> HttpResponse:
    """Decline the recording."""
    asked = _change(request, request_id, decline_recording)
    return redirect_after_post(request, reverse("voices:request", args=[asked.pk]))


@require_POST
@team_page
def withdraw(request: StudioRequest, request_id: UUID) -> HttpResponse:
    """Withdraw the link."""
    asked = _change(request, request_id, withdraw_link)
    return redirect_after_post(request, reverse("voices:request", args=[asked.pk]))
