"""The switch between a person's teams."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from voices.web.http import TEAM_SESSION_KEY, StudioRequest, redirect_after_post, team_page


@require_POST
@team_page
def switch(request: StudioRequest) -> HttpResponse:
    """Make another of the person's teams the current one. Raise Http404 for any other team."""
    wanted = request.POST.get("team", "")
    if wanted not in {str(team.pk) for team in request.teams}:
        raise Http404("You're not in this team.")
    request.session[TEAM_SESSION_KEY] = wanted
    return redirect_after_post(request, reverse("voices:library"))
