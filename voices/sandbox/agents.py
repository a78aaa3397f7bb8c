"""Agents, which name the voice they use, and the usage of voices in calls."""

import dataclasses
import datetime
import re
from typing import Any
from urllib.parse import urlencode

from voices.sandbox.agent_state import AgentRow, AgentTakenError
from voices.sandbox.context import SandboxContext
from voices.sandbox.fields import clean, mapping, nullable, text
from voices.sandbox.listing import Cursor, cursor_of, page_size
from voices.sandbox.messages import ApiError, Request, Response, json_response
from voices.sandbox.state import Account

FIELDS = {"name": text(limit=64), "callTemplate": nullable(mapping())}
NAME_TAKEN = "An agent with this name already exists."
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NEWEST = 2**62


def agent_json(row: AgentRow) -> dict[str, Any]:
    """Return an agent as the API shows it."""
    return {
        "agentId": row.id,
        "publishedRevisionId": None,
        "name": row.name,
        "created": row.created,
        "callTemplate": row.template,
        "statistics": {"calls": 0},
    }


async def list_agents(context: SandboxContext, account: Account, request: Request) -> Response:
    """GET /api/agents: newest first."""
    await request.ready()
    query = dict(request.query())
    size, search, agents = page_size(request.query()), query.get("search", ""), context.state.agents
    before = cursor_of(query["cursor"]).position if "cursor" in query else NEWEST
    rows = agents.page(account.id, before=before, search=search, size=size + 1)
    more, rows = len(rows) > size, rows[:size]
    return json_response(
        {
            "next": _next(request, rows[-1]) if more else None,
            "previous": None,
            "results": [agent_json(row) for row in rows],
            "total": agents.count(account.id, search=search),
        }
    )


def _next(request: Request, last: AgentRow) -> str:
    query = [(name, value) for name, value in request.query() if name != "cursor"]
    cursor = urlencode([*query, ("cursor", Cursor(last.seq).text())], errors="replace")
    return f"{request.origin}{request.path}?{cursor}"


async def create_agent(context: SandboxContext, account: Account, request: Request) -> Response:
    """POST /api/agents."""
    values = clean(await request.json(), FIELDS, required=("name",))
    now = datetime.datetime.now(tz=datetime.UTC).isoformat()
    try:
        row = context.state.agents.add(
            account.id, name=values["name"], created=now, template=values.get("callTemplate")
        )
    except AgentTakenError as exc:
        raise ApiError(400, {"name": [NAME_TAKEN]}) from exc
    return json_response(agent_json(row), 201)


async def get_agent(context: SandboxContext, account: Account, request: Request, agent_id: str) -> Response:
    """GET /api/agents/{id}."""
    await request.ready()
    return json_response(agent_json(_find(context, account, agent_id)))


async def patch_agent(context: SandboxContext, account: Account, request: Request, agent_id: str) -> Response:
    """PATCH /api/agents/{id}: any of name, callTemplate."""
    _find(context, account, agent_id)
    values = clean(await request.json(), FIELDS)
    row = _find(context, account, agent_id)
    changed = dataclasses.replace(
        row, name=values.get("name", row.name), template=values.get("callTemplate", row.template)
    )
    try:
        context.state.agents.change(account.id, changed)
    except AgentTakenError as exc:
        raise ApiError(400, {"name": [NAME_TAKEN]}) from exc
    return json_response(agent_json(changed))


async def delete_agent(
    context: SandboxContext, account: Account, request: Request, agent_id: str
) -> Response:
    """DELETE /api/agents/{id}."""
    await request.drain()
    await request.ready()
    if not context.state.agents.remove(account.id, agent_id):
        raise _unknown()
    return Response(204)


async def get_call_usage(context: SandboxContext, account: Account, request: Request) -> Response:
    """GET /api/accounts/me/usage/calls: of one voice or of all, between two days."""
    await request.ready()
    query = dict(request.query())
    first, last = _day(query, "fromDate", "0000-01-01"), _day(query, "toDate", "9999-12-31")
    days = context.state.agents.usage(account.id, voice=query.get("voiceId", ""), first=first, last=last)
    total = _usage(sum(count for _, count, _ in days), sum(seconds for *_, seconds in days))
    daily = [{"date": day, **_usage(count, seconds)} for day, count, seconds in days]
    return json_response({"allTime": total, "daily": daily, "hourly": []})


def _usage(count: int, seconds: float) -> dict[str, Any]:
    return {"totalCount": count, "joinedCount": count, "duration": f"{seconds:g}s"}


def _day(query: dict[str, str], name: str, default: str) -> str:
    value = query.get(name, default)[:10]
    if not DAY.fullmatch(value):
        raise ApiError(400, {name: ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]})
    return value


def _find(context: SandboxContext, account: Account, agent_id: str) -> AgentRow:
    row = context.state.agents.get(account.id, agent_id)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> ApiError:
    return ApiError(404, {"detail": "No Agent matches the given query."})
