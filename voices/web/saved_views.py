"""Saved views: saved from the library; renamed, shared and removed on a page of their own."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_view_for, may
from voices.actions.organise.saved_views import (
    ViewRefusedError,
    remove_view,
    rename_view,
    save_view,
    share_view,
    similar_view,
    update_view,
)
from voices.actions.voice.names import similar_message
from voices.library.filters import Filters, parse_query
from voices.library.saved_views import view_tabs
from voices.models import SavedView
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import library_url


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the person's saved views and the shared ones."""
    tabs = view_tabs(request.member, Filters())
    context = {"page": "library", "tabs": tabs, "can_share": may(request.member, Verb.ORGANISE)}
    return render(request, "saved_views/page.html", context)


@require_POST
@team_page
def save(request: StudioRequest) -> HttpResponse:
    """Save the library's filters under a name."""
    filters = parse_query(request.POST.get("query", ""))
    try:
        view = save_view(
            member=request.member,
            name=request.POST.get("name", ""),
            query=filters.to_query(),
            is_shared=request.POST.get("shared") == "1",
        )
    except ViewRefusedError as problem:
        messages.error(request, str(problem))
        return redirect_after_post(request, library_url(filters))
    messages.success(request, f"View {view.name} saved.")
    _point_out_similar_name(request, view)
    return redirect_after_post(request, library_url(filters, str(view.pk)))


def _point_out_similar_name(request: StudioRequest, view: SavedView) -> None:
    if other := similar_view(view):
        messages.warning(request, similar_message(view.name, other))


@require_POST
@team_page
def update(request: StudioRequest, view_id: UUID) -> HttpResponse:
    """Update a view to the library's current filters."""
    view, filters = get_view_for(request.member, view_id), parse_query(request.POST.get("query", ""))
    try:
        update_view(member=request.member, view=view, query=filters.to_query())
        messages.success(request, f"View {view.name} updated.")
    except ViewRefusedError as problem:
        messages.error(request, str(problem))
    return redirect_after_post(request, library_url(filters, str(view.pk)))


@require_POST
@team_page
def rename(request: StudioRequest, view_id: UUID) -> HttpResponse:
    """Rename a view."""
    view = get_view_for(request.member, view_id)
    try:
        view = rename_view(member=request.member, view=view, name=request.POST.get("name", ""))
        _point_out_similar_name(request, view)
    except ViewRefusedError as problem:
        messages.error(request, str(problem))
    return redirect_after_post(request, reverse("voices:views"))


@require_POST
@team_page
def share(request: StudioRequest, view_id: UUID) -> HttpResponse:
    """Share a view with the team, or stop sharing it."""
    view = get_view_for(request.member, view_id)
    share_view(member=request.member, view=view, is_shared=request.POST.get("on") == "1")
    return redirect_after_post(request, reverse("voices:views"))


@require_POST
@team_page
def remove(request: StudioRequest, view_id: UUID) -> HttpResponse:
    """Remove a view. Its voices stay, so there is no confirmation."""
    view = get_view_for(request.member, view_id)
    remove_view(member=request.member, view=view)
    messages.success(request, f"View {view.name} removed.")
    return redirect_after_post(request, reverse("voices:views"))
