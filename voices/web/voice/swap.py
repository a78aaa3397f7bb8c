"""The pages that replace a voice in agents: choose the new voice, look through the agents, start the change."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from voices.access import Verb, get_alias_for, get_voice_for, require
from voices.actions.bulk.swap_request import SwapError, request_swap, target_problem
from voices.actions.voice.upstream_change import key_refusal, own_key_for
from voices.actions.voice.usage import AgentUse, Usage, agents_using
from voices.library.aliases import swap_targets
from voices.library.filters import clean_query
from voices.models import Alias, Voice
from voices.web.bulk.runs import follow
from voices.web.http import StudioRequest, team_page

SHOWN = 100  # agents with a box of their own; a form takes 1,000 fields
NO_VOICE_CHOSEN = "Choose the new voice first. If it isn't in the list, search for it."
NOT_READ = "The account's agents couldn't be loaded, so nothing was changed. Try again."


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest, voice_id: UUID) -> HttpResponse:
    """Choose the new voice, review the agents that use the old one (`to` in the URL), or replace it in them."""
    old = get_voice_for(request.member, voice_id)
    require(request.member, Verb.EDIT_VOICE)
    params = request.POST if request.method == "POST" else request.GET
    new, alias = _voice(request, params.get("to", "")), _alias(request, old, params.get("alias", ""))
    if request.method == "POST":
        if new is None:
            return _choose(request, old, None, alias, problem=NO_VOICE_CHOSEN)
        return _replace(request, old, new, alias)
    if new is None or "search" in params:
        problem = NO_VOICE_CHOSEN if "review" in params and "search" not in params else ""
        return _choose(request, old, new, alias, problem=problem)
    if problem := target_problem(old, new, now=timezone.now()):
        return _choose(request, old, None, alias, problem=problem)
    return _review(request, old, new, alias, _agents(request, old, fresh=True))


def _replace(request: StudioRequest, old: Voice, new: Voice, alias: Alias | None) -> HttpResponse:
    # From the list that was reviewed, which is cached for a minute, or a newer one: never as a form says.
    usage = _agents(request, old, fresh=False)
    if usage.problem:
        return _review(request, old, new, alias, usage, problem=NOT_READ)
    try:
        run = request_swap(
            member=request.member, old=old, new=new, agents=_chosen(request.POST, usage), now=timezone.now(),
            alias=alias if "move_alias" in request.POST else None,
        )  # fmt: skip
    except SwapError as problem:
        return _review(request, old, new, alias, usage, problem=str(problem))
    return follow(request, run)


def _agents(request: StudioRequest, old: Voice, *, fresh: bool) -> Usage:
    """Return the agents that use the voice, by name, as the person's own key reads them; none without a key."""
    key = own_key_for(request.user, old.account)
    if key is None:
        return Usage()
    usage = agents_using(key, old, fresh=fresh)
    return Usage(tuple(sorted(usage.agents, key=_order)), usage.problem)


def _order(agent: AgentUse) -> tuple[str, str]:
    return agent.name.casefold(), agent.agent_id


def _chosen(form: QueryDict, usage: Usage) -> list[AgentUse]:
    """Return the agents that were ticked, and those that had no box of their own if the last one was."""
    ticked, shown, has_rest = set(form.getlist("agent")), form.get("shown", "").split(","), "rest" in form
    return [one for one in usage.agents if one.agent_id in ticked or (has_rest and one.agent_id not in shown)]


def _choose(
    request: StudioRequest, old: Voice, chosen: Voice | None, alias: Alias | None, *, problem: str = ""
) -> HttpResponse:
    query = clean_query(request.GET.get("q", ""))
    found, more = swap_targets(request.member, query, old=old)
    if chosen is not None:
        # The selected voice stays visible whatever the search finds.
        found = [chosen, *(voice for voice in found if voice.pk != chosen.pk)]
    context = {"voices": found, "more": more, "chosen": chosen, "q": query, "problem": problem}
    status = 422 if problem else 200
    return render(request, "swap/choose.html", _context(request, old, alias) | context, status=status)


def _review(
    request: StudioRequest, old: Voice, new: Voice, alias: Alias | None, usage: Usage, *, problem: str = ""
) -> HttpResponse:
    is_form = request.method == "POST"
    chosen = {one.agent_id for one in _chosen(request.POST, usage)} if is_form else None
    shown = [
        {**vars(one), "is_chosen": chosen is None or one.agent_id in chosen} for one in usage.agents[:SHOWN]
    ]
    choice = {"to": new.pk, "search": 1} | ({"alias": alias.pk} if alias else {})
    context = {
        "new": new,
        "usage": usage,
        "shown": shown,
        "more": max(len(usage.agents) - SHOWN, 0),
        "has_rest": not is_form or "rest" in request.POST,
        "moves_alias": not is_form or "move_alias" in request.POST,
        "problem": problem,
        "again": f"{request.path}?{urlencode(choice)}",
    }
    status = 422 if problem else 200
    return render(request, "swap/review.html", _context(request, old, alias) | context, status=status)


def _context(request: StudioRequest, old: Voice, alias: Alias | None) -> dict[str, Any]:
    voice_page = reverse("voices:voice", args=[old.pk])
    return {
        "page": "aliases" if alias else "library",
        "old": old,
        "alias": alias,
        "back": reverse("voices:aliases") if alias else voice_page,
        "refusal": key_refusal(request.user, old.account),
    }


def _voice(request: StudioRequest, text: str) -> Voice | None:
    """Return the chosen voice of the team, or None if there is none."""
    try:
        return get_voice_for(request.member, UUID(text))
    except (ValueError, Http404):
        return None


def _alias(request: StudioRequest, old: Voice, text: str) -> Alias | None:
    """Return the alias from which this began, or None if it does not point to the voice any more."""
    try:
        alias = get_alias_for(request.member, UUID(text))
    except (ValueError, Http404):
        return None
    return alias if alias.voice_id == old.pk else None
