"""The text that a person may read aloud while recording."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.reading_scripts.registry import find_reading_script
from voices.web.http import StudioRequest, team_page


@require_safe
@team_page
def script(request: StudioRequest) -> HttpResponse:
    """Show the reading script for `?language=`, or what to talk about where there is none."""
    found = find_reading_script(request.GET.get("language", ""))
    return render(request, "clone/_script.html", {"script": found})
