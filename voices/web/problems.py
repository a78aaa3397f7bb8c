"""Django's handlers for unknown URLs and for requests that it rejects."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from voices.web.api.catalogue import CATALOGUE, is_api
from voices.web.api.problems import answer
from voices.web.http import load_member


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that there is no such page. For an unknown URL no view ran, so the member is loaded here."""
    if is_api(request.path):
        return answer(CATALOGUE["not_found"])
    if not hasattr(request, "member"):
        load_member(request)
    return defaults.page_not_found(request, exception)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read: Django's handler for 400."""
    return (
        answer(CATALOGUE["unreadable"]) if is_api(request.path) else defaults.bad_request(request, exception)
    )
