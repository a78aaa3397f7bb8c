"""The pages of the team's aliases: list, create, move, rename, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from voices.access import Verb, get_alias_for, get_organisable_voice_for, may, require
from voices.actions.organise.aliases import (
    AliasError,
    AliasTakenError,
    make_alias,
    move_alias,
    remove_alias,
    rename_alias,
)
from voices.library.aliases import aliases_of, targets
from voices.library.filters import clean_query
from voices.models import Alias, Voice
from voices.web.http import StudioRequest, redirect_after_post, team_page

ALREADY_REMOVED = "Someone already removed this alias."
NO_VOICE_SELECTED = "Choose a voice first. If it isn't in the list, search for it."


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's aliases and the voices they point to."""
    aliases = aliases_of(request.member)
    may_change = may(request.member, Verb.ORGANISE)
    return render(
        request, "aliases/page.html", {"page": "aliases", "aliases": aliases, "may_change": may_change}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def new(request: StudioRequest) -> HttpResponse:
    """Show the form for a new alias with a search for its voice, or create the alias."""
    require(request.member, Verb.ORGANISE)
    if request.method != "POST":
        return _choose(request, None)
    voice = _selected_voice(request, request.POST)
    if voice is None:
        return _choose(request, None, problem=NO_VOICE_SELECTED)
    try:
        alias = make_alias(
            member=request.member, name=request.POST.get("name", ""), voice=voice, now=timezone.now()
        )
    except AliasTakenError as problem:
        return _choose(request, None, name_problem=str(problem), other=problem.other)
    except AliasError as problem:
        return _choose(request, None, name_problem=str(problem))
    messages.success(request, f"{alias.name} now points to {voice.name}.")
    return redirect_after_post(request, reverse("voices:aliases"))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def move(request: StudioRequest, alias_id: UUID) -> HttpResponse:
    """Show the voices an alias can move to, or move it unless someone else did since the form was loaded."""
    alias = get_alias_for(request.member, alias_id)
    if request.method != "POST":
        return _choose(request, alias)
    voice = _selected_voice(request, request.POST)
    if voice is None:
        return _choose(request, alias, problem=NO_VOICE_SELECTED)
    seen = _uuid(request.POST.get("seen", ""))
    try:
        moved = move_alias(member=request.member, alias=alias, voice=voice, seen=seen, now=timezone.now())
    except AliasError as problem:
        return _choose(request, alias, problem=str(problem))
    if not moved:
        alias = get_alias_for(request.member, alias_id)
        to = alias.voice.name if alias.voice else "no voice"
        message = f"Someone else just moved {alias.name} to {to}, so nothing was changed. You can still move it again."
        return _choose(request, alias, problem=message)
    messages.success(request, f"{alias.name} now points to {voice.name}.")
    return redirect_after_post(request, reverse("voices:aliases"))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def rename(request: StudioRequest, alias_id: UUID) -> HttpResponse:
    """Show the form to rename an alias, or rename it."""
    alias = get_alias_for(request.member, alias_id)
    context = {"page": "aliases", "alias": alias, "typed": alias.name}
    if request.method != "POST":
        return render(request, "aliases/rename.html", context)
    typed, was = request.POST.get("name", ""), alias.name
    try:
        renamed = rename_alias(member=request.member, alias=alias, name=typed, now=timezone.now())
    except AliasError as problem:
        errors = {"typed": typed[:100], "problem": str(problem)}
        return render(request, "aliases/rename.html", context | errors, status=422)
    if renamed:
        alias.refresh_from_db(fields=["name"])
        messages.success(request, f"Alias {was} renamed to {alias.name}.")
    else:
        messages.warning(request, ALREADY_REMOVED)
    return redirect_after_post(request, reverse("voices:aliases"))


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def remove(request: StudioRequest, alias_id: UUID) -> HttpResponse:
    """Show what removing an alias means, or remove it."""
    alias = get_alias_for(request.member, alias_id)
    if request.method != "POST":
        return render(request, "aliases/remove.html", {"page": "aliases", "alias": alias})
    if remove_alias(member=request.member, alias=alias, now=timezone.now()):
        messages.success(request, f"Alias {alias.name} removed.")
    else:
        messages.info(request, ALREADY_REMOVED)
    return redirect_after_post(request, reverse("voices:aliases"))


def _choose(
    request: StudioRequest,
    alias: Alias | None,
    *,
    problem: str = "",
    name_problem: str = "",
    other: Alias | None = None,
) -> HttpResponse:
    params = request.POST if request.method == "POST" else request.GET
    query, chosen = clean_query(params.get("q", params.get("searched", ""))), _selected_voice(request, params)
    found, more = targets(request.member, query, now_at=alias.voice if alias else None)
    if chosen is not None and (alias is None or chosen.pk != alias.voice_id):
        # The selected voice stays visible whatever the search finds.
        found = [chosen, *(voice for voice in found if voice.pk != chosen.pk)]
    context = {
        "page": "aliases", "alias": alias, "voices": found, "more": more, "chosen": chosen, "q": query,
        "typed": params.get("name", "")[:100], "problem": problem, "name_problem": name_problem, "other": other,
    }  # fmt: skip
    status = 422 if problem or name_problem else 200
    return render(request, "aliases/choose.html", context, status=status)


def _selected_voice(request: StudioRequest, params: QueryDict) -> Voice | None:
    """Return the selected voice of the team, or None if there is none or it is deleted."""
    voice_id = _uuid(params.get("voice", ""))
    try:
        return get_organisable_voice_for(request.member, voice_id) if voice_id else None
    except Http404:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
