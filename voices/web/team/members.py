"""The team page: everybody in the team."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.access import Verb, may
from voices.library.members import team_members
from voices.web.http import StudioRequest, team_page


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's members."""
    context = {
        "page": "team",
        "tab": "members",
        "rows": team_members(request.member),
        "can_manage": may(request.member, Verb.MANAGE_MEMBERS),
    }
    return render(request, "team/page.html", context)
