"""The pages of the team's tags: list with counts, rename, merge, remove."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from voices.access import Verb, get_tag_for, may
from voices.actions.organise.tags import (
    MAX_LETTERS,
    MAX_TYPED,
    SameTagError,
    TagError,
    merge_tags,
    remove_tag,
    rename_tag,
)
from voices.library.tags import count_of, counted_tags
from voices.models import Tag
from voices.web.http import StudioRequest, redirect_after_post, team_page

ALREADY_REMOVED = "Someone already removed this tag or merged it into another one."


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's tags with their counts of voices."""
    tags = counted_tags(request.member)
    context = {"page": "tags", "tags": tags, "may_change": may(request.member, Verb.ORGANISE)}
    return render(request, "tags/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def rename(request: StudioRequest, tag_id: int) -> HttpResponse:
    """Show the form to rename a tag, or rename it. Offer to merge if the name is taken."""
    tag = get_tag_for(request.member, tag_id)
    if request.method != "POST":
        return _show(request, tag, "rename", typed=tag.name)
    typed, was = request.POST.get("name", ""), tag.name
    try:
        if rename_tag(member=request.member, tag=tag, name=typed):
            tag.refresh_from_db()
            messages.success(request, f"Tag {was} renamed to {tag.name}.")
        else:
            messages.warning(request, ALREADY_REMOVED)
    except SameTagError as same:
        other = {"other": same.other, "other_many": count_of(same.other)}
        return _show(request, tag, "rename", typed=typed[:MAX_TYPED], problem=str(same), status=422, **other)
    except TagError as problem:
        return _show(request, tag, "rename", typed=typed[:MAX_TYPED], problem=str(problem), status=422)
    return redirect_after_post(request, reverse("voices:tags"))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def merge(request: StudioRequest, tag_id: int) -> HttpResponse:
    """Show the form to merge a tag into another one, or merge them."""
    tag = get_tag_for(request.member, tag_id)
    others = [one for one in counted_tags(request.member) if one.tag.pk != tag.pk]
    chosen = (request.POST if request.method == "POST" else request.GET).get("into", "")
    into = next((one.tag for one in others if str(one.tag.pk) == chosen), None)
    if request.method != "POST" or into is None:
        problem = "Choose the tag to keep." if request.method == "POST" else ""
        status = 422 if problem else 200
        return _show(request, tag, "merge", others=others, into=into, problem=problem, status=status)
    many = merge_tags(member=request.member, tag=tag, into=into, now=timezone.now())
    if many is None:
        messages.warning(request, ALREADY_REMOVED)
    else:
        messages.success(request, f"Tag {tag.name} merged into {into.name}.")
    return redirect_after_post(request, reverse("voices:tags"))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def remove(request: StudioRequest, tag_id: int) -> HttpResponse:
    """Show what removing a tag means, or remove it."""
    tag = get_tag_for(request.member, tag_id)
    if request.method != "POST":
        return _show(request, tag, "remove")
    if remove_tag(member=request.member, tag=tag, now=timezone.now()) is None:
        messages.info(request, ALREADY_REMOVED)
    else:
        messages.success(request, f"Tag {tag.name} removed.")
    return redirect_after_post(request, reverse("voices:tags"))


def _show(request: StudioRequest, tag: Tag, name: str, *, status: int = 200, **extra: object) -> HttpResponse:
    found = reverse("voices:library") + "?" + urlencode({"stage": "any", "tag": tag.pk})
    context = {
        "page": "tags",
        "tag": tag,
        "many": count_of(tag),
        "found": found,
        "max_length": MAX_LETTERS,
    } | extra
    return render(request, f"tags/{name}.html", context, status=status)
