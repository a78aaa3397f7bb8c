"""A person's several teams: switching between them, creating one, deleting one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from voices.access import Verb, may_create_team, require
from voices.actions import NotPossibleError
from voices.actions.team_deletion import consequences_of_deletion, delete_team
from voices.actions.teams import create_team
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.fields import LineField
from voices.web.http import TEAM_SESSION_KEY, StudioRequest, redirect_after_post, team_page


class DeletionForm(forms.Form):
    """The team's name, typed to confirm."""

    name = forms.CharField(
        label="Type the team's name to confirm",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the team's name to confirm."},
    )


class TeamForm(forms.Form):
    """The name of a new team."""

    name = LineField(label="Team name", limit=60, error_messages={"required": "Give the team a name."})


@require_POST
@team_page
def switch(request: StudioRequest) -> HttpResponse:
    """Make another of the person's teams the current one. Raise Http404 for any other team."""
    wanted = request.POST.get("team", "")
    if wanted not in {str(team.pk) for team in request.teams}:
        raise Http404("You're not in this team.")
    request.session[TEAM_SESSION_KEY] = wanted
    return redirect_after_post(request, reverse("voices:library"))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """Show the form for a team, or create the team and switch to it. Staff need not be in one."""
    if not may_create_team(request.user):
        raise PermissionDenied("Only team admins and staff can create teams. Ask one of them.")
    form = TeamForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        member = create_team(user=request.user, name=form.cleaned_data["name"])
        request.session[TEAM_SESSION_KEY] = str(member.team_id)
        messages.success(request, f"{member.team.name} is ready. Invite its members here.")
        return redirect_after_post(request, reverse("voices:team"))
    context = {"page": "team", "form": form}
    return render(request, "team/new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def delete(request: StudioRequest) -> HttpResponse:
    """Show what deleting the team means, or delete it once its name was typed."""
    require(request.member, Verb.DELETE_TEAM)
    team, form = request.member.team, DeletionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            delete_team(member=request.member, name=form.cleaned_data["name"], now=timezone.now())
            messages.success(request, f"The team {team.name} was deleted.")
            return redirect_after_post(request, reverse("voices:library"))
        except NotPossibleError as problem:
            form.add_error("name", str(problem))
    context = {"page": "team", "team": team, "form": form, "follows": consequences_of_deletion(team)}
    return render(request, "team/delete.html", context, status=422 if form.is_bound else 200)
