"""Manual syncs: the button in the library's header, and the line that shows the progress."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from voices.access import Verb, may, require
from voices.actions.sync.runs import choose_catalogue, request_team_sync
from voices.library.sync_status import SyncStatus, sync_status
from voices.web.http import StudioRequest, redirect_after_post, team_page

CATALOGUE_ON = "Syncing Althea's public voices now. They'll appear in this library."
CATALOGUE_OFF = "Althea's public voices are no longer synced. Those already in the library stay."
NO_KEY = "There is no account to sync: this team has no working key. Add one on the Keys page."


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def status(request: StudioRequest) -> HttpResponse:
    """Show the sync line; on POST, first start a sync of all accounts. Without htmx, go to the library."""
    found = _start(request) if request.method == "POST" else sync_status(request.member)
    if not request.htmx:
        return redirect_after_post(request, reverse("voices:library"))
    # Only a page that watched the sync end reloads its rows: one that was just loaded has them.
    fresh = found.has_news and not found.is_live and "poll" in request.GET
    context = {"sync": found, "can_sync": may(request.member, Verb.SYNC), "fresh": fresh}
    return render(request, "library/_sync.html", context)


def _start(request: StudioRequest) -> SyncStatus:
    if request_team_sync(member=request.member, now=timezone.now()):
        return sync_status(request.member)
    if not request.htmx:
        messages.warning(request, NO_KEY)
    return SyncStatus(problem=NO_KEY)


@require_POST
@team_page
def catalogue(request: StudioRequest) -> HttpResponse:
    """Turn the sync of Althea's public voices on or off for the team."""
    require(request.member, Verb.CHANGE_TEAM)
    wanted = request.POST.get("on") == "1"
    if choose_catalogue(member=request.member, wanted=wanted, now=timezone.now()):
        messages.success(request, CATALOGUE_ON if wanted else CATALOGUE_OFF)
    return redirect_after_post(request, reverse("voices:keys"))
