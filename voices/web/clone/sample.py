"""The recording of the clone form before submission: stored and rated as soon as it is chosen, cut or repaired."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django.views.defaults import bad_request

from voices.access import Verb, require
from voices.web.clone.parts import change_part
from voices.web.clone.recording import is_complete, read_recording
from voices.web.clone.show import show_recording
from voices.web.http import StudioRequest, team_page

FORM_METHODS = ["GET", "HEAD", "POST"]  # a login in between redirects back by GET


@require_http_methods(FORM_METHODS)
@team_page
def upload(request: StudioRequest) -> HttpResponse:
    """Store the uploaded recording and show it."""
    return _refusal(request) or show_recording(request, read_recording(request))


@require_http_methods(FORM_METHODS)
@team_page
def part(request: StudioRequest) -> HttpResponse:
    """Cut and repair the stored recording as requested, and show the result.

    A file in the form is a new recording, to which the typed part does not apply.
    """
    if refusal := _refusal(request):
        return refusal
    recording = read_recording(request)
    if "file" not in request.FILES:
        recording = change_part(request.member, recording, request.POST)
    return show_recording(request, recording)


def _refusal(request: StudioRequest) -> HttpResponse | None:
    """Return the response to an incomplete form, or to a person who may not clone; None for any other request."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("voices:clone"))
    require(request.member, Verb.CLONE)
    return None if is_complete(request) else bad_request(request, BadRequest("cut off"))
