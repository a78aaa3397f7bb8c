"""The page for addresses that lead nowhere."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from voices.web.http import load_member


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that there is no such page. For an unknown address no view was chosen, so the member is loaded here."""
    if not hasattr(request, "member"):
        load_member(request)
    return defaults.page_not_found(request, exception)
