"""The speaker's page: the request, the agreement and the recorder; then the confirmation.

It needs neither session nor login, and reveals nothing about a team but its name and the request. A GET changes
nothing, so messengers can fetch it for a preview.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from voices.access import get_link_request
from voices.actions.clone.samples import RefusedSampleError
from voices.actions.speakers.link_tokens import token_hash
from voices.actions.speakers.receiving import LinkClosedError, is_open, receive_recording
from voices.audio import limits
from voices.models import RequestState, SpeakerRequest
from voices.reading_scripts.registry import find_reading_script
from voices.web.clone.show import ACCEPT
from voices.web.clone.uploads import received
from voices.web.http import stateless
from voices.web.links import LinkRequest
from voices.web.speak.form import SpeakForm
from voices.web.speak.notification import notify_requester

NO_FILE = "Record yourself or choose a recording first."
CUT_OFF = "The recording arrived incomplete, so it wasn't saved. Send it again."
TOO_MANY = "Choose only one recording."


class SpeakRequest(LinkRequest):
    """A request of the speaker's page, perhaps by htmx."""

    htmx: HtmxDetails


@stateless
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SpeakRequest) -> HttpResponse:
    """Show the request, receive the recording, or say why the link no longer works."""
    found = token_hash(request.link_token)
    asked = get_link_request(found) if found else None
    if asked is None:
        return _render(request, "speak/unknown.html", {}, status=404)
    if not is_open(asked):
        return _show_closed(request, asked)
    return _receive(request, asked) if request.method == "POST" else _show(request, asked, SpeakForm())


def _receive(request: SpeakRequest, asked: SpeakerRequest) -> HttpResponse:
    """Store the recording, or show the form again. Nothing is stored unless the speaker agrees."""
    form, files = SpeakForm(request.POST), request.FILES.getlist("file")
    if "complete" not in request.POST:  # the last field is missing: the body was truncated
        form.add_error(None, CUT_OFF)
        return _show(request, asked, form, status=400)
    if len(files) != 1:
        form.add_error("file", TOO_MANY if files else NO_FILE)
    if not form.is_valid():
        return _show(request, asked, form, status=422)
    try:
        _keep(asked, files[0], form.cleaned_data["signed_name"])
    except RefusedSampleError as refused:
        form.add_error("file", refused.finding.message)
        return _show(request, asked, form, status=422)
    except LinkClosedError:
        asked.refresh_from_db()
        return _show_closed(request, asked)
    notify_requester(request, asked)
    return _render(request, "speak/sent.html", {"asked": asked})


def _keep(asked: SpeakerRequest, file: "UploadedFile[Any]", signed_name: str) -> None:
    upload, sha256 = received(file)
    receive_recording(request=asked, file=upload, sha256=sha256, signed_name=signed_name)


def _show(
    request: SpeakRequest, asked: SpeakerRequest, form: SpeakForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "asked": asked,
        "form": form,
        "reading": find_reading_script(asked.language),
        "accept": ACCEPT,
        "most_bytes": limits.INPUT_BYTES,
    }
    return _render(request, "speak/page.html", context, status=status)


def _show_closed(request: SpeakRequest, asked: SpeakerRequest) -> HttpResponse:
    return _render(request, "speak/closed.html", {"asked": asked, "reason": _why_closed(asked)}, status=410)


def _why_closed(asked: SpeakerRequest) -> str:
    """Return why no recording can be sent: used, expired, replaced, or withdrawn, also with its requester's role."""
    if asked.state == RequestState.REPLACED:
        return "replaced"
    if asked.received_at is not None:
        return "used"
    return "expired" if asked.has_expired(timezone.now()) else "withdrawn"


def _render(
    request: SpeakRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    frame = "speak/fragment.html" if request.htmx else "speak/frame.html"
    return render(request, template, context | {"frame": frame}, status=status)
