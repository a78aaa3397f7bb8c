"""Rendering of the clone page: the form, or only its recording."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import replace_url

from voices.access import Verb, clone_quota_of, may, quota_reached_message
from voices.audio import limits
from voices.library.quota import full_accounts, quotas_of
from voices.library.speaker_requests import count_to_review
from voices.models import Membership
from voices.web.clone.form import CloneForm, new_form_token, usable_keys
from voices.web.clone.parts import part_fields
from voices.web.clone.recording import Recording, carried_recording, sign_recording
from voices.web.consents.form import consent_of
from voices.web.http import StudioRequest
from voices.web.sample.report import shown_recording

NO_RECORDING = Recording()
# Phones choose by `audio/*`. The endings are for what their systems do not take for audio, or know by no other name.
ACCEPT = (
    "audio/*,.wav,.wave,.mp3,.m4a,.m4b,.aac,.flac,.ogg,.oga,.opus,.spx,.webm,.weba,.mka,.mp4,.3gp,.amr,"
    ".aif,.aiff,.aifc,.caf,.wma,.w64,.au"
)
CANNOT_PLAY = "Your browser can't play this kind of file. What will be sent plays everywhere."


def show_form(
    request: StudioRequest, form: CloneForm, recording: Recording = NO_RECORDING, *, status: int = 200
) -> HttpResponse:
    """Show the whole form: as a page, or by itself for htmx. Without a recording, show the one in the address."""
    if recording is NO_RECORDING:
        recording = _named_in_address(request)
    slots = quotas_of(request.member)  # includes the accounts of the keys
    full = full_accounts(form.keys, slots)
    full_ids = {key.pk for key in form.keys if key.account in {one.account for _, one in full}}
    form.choose_key(full=full_ids)
    context = {
        "page": "clone",
        "form": form,
        "full_keys": full,
        "full_ids": full_ids,
        "anyway": request.POST.get("anyway") == "1",
        "slots": slots,
        **quota_context(request.member),
        "form_token": new_form_token(request.member),
        "keys": form.keys,
        "can_clone": may(request.member, Verb.CLONE),
        "to_review": count_to_review(request.member),
        "sandbox": settings.SANDBOX,
        **_recording_context(request, recording),
        "problem": " ".join(str(one) for one in form.errors.get("file", [])) or recording.problem,
    }
    template = "clone/_form.html" if request.htmx else "clone/page.html"
    return render(request, template, context, status=status)


def quota_context(member: Membership) -> dict[str, Any]:
    """Return the context of the member's monthly quota; the quota is None without a limit."""
    quota = clone_quota_of(member, timezone.now())
    is_reached = quota is not None and not quota.left
    return {
        "clone_quota": quota,
        "quota_reached": quota_reached_message(member, quota) if quota and is_reached else "",
    }


def show_recording(request: StudioRequest, recording: Recording) -> HttpResponse:
    """Show the recording: alone for htmx, otherwise in the form as typed, without validation."""
    status = 422 if recording.problem or recording.part_problem else 200
    if request.htmx:
        context = _recording_context(request, recording) | {"is_fragment": True}
        response = render(request, "clone/_sample.html", context, status=status)
        is_kept = status == 200 and _can_be_kept(request)
        address = _address_of(request, context["sample_token"])
        return replace_url(response, address) if is_kept else response
    form = CloneForm(initial=request.POST.dict(), keys=usable_keys(request.user), **consent_of(request))
    return show_form(request, form, recording, status=status)


def _current_query(request: StudioRequest) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.htmx.current_url or "").query)


def _can_be_kept(request: StudioRequest) -> bool:
    """Whether the page's URL does not already refer to something else, such as a failed clone."""
    return _current_query(request).keys() <= {"sample", "request"}


def _address_of(request: StudioRequest, token: str) -> str:
    """Return the URL of the form with a recording, so that a reload keeps it.

    A form that began with a speaker's request goes on with it.
    """
    begun = _current_query(request).get("request")
    query = {"request": begun[-1], "sample": token} if begun else {"sample": token}
    return f"{reverse('voices:clone')}?{urlencode(query)}"


def _named_in_address(request: StudioRequest) -> Recording:
    recording = carried_recording(request.member, request.GET.get("sample", ""))
    return recording if recording.sample else NO_RECORDING


def _recording_context(request: StudioRequest, recording: Recording) -> dict[str, Any]:
    sample, typed = recording.sample, request.POST if recording.part_problem else None
    return {
        "recording": recording,
        "problem": recording.problem,
        "sample": sample,
        "sample_token": sign_recording(request.member, sample, recording.filename) if sample else "",
        "shown": shown_recording(sample) if sample else None,
        "part": part_fields(sample, typed=typed) if sample else None,
        "accept": ACCEPT,
        "most_bytes": limits.INPUT_BYTES,
        "cannot_play": CANNOT_PLAY,
    }
