"""Agents and usage are read tolerantly, and their lists to the end or not at all."""

import json
from datetime import date
from typing import Any

import httpx
import pytest

from tests.althea.cast import KEY, Recorder, client
from voices.althea import GarbledAnswerError, GoneError, InvalidFieldsError

NEXT = "https://another.example/api/agents?cursor={}"


def agents(*results: Any, next_url: str | None = None) -> httpx.Response:
    """A page of agents."""
    return httpx.Response(200, json={"next": next_url, "results": list(results)})


def agent(number: int, voice: Any = "Marlene") -> dict[str, Any]:
    """An agent that speaks with that voice."""
    return {"agentId": f"a{number}", "name": f"Agent {number}", "callTemplate": {"voice": voice}}


async def test_every_page_is_read() -> None:
    recorder = Recorder(agents(agent(1), next_url=NEXT.format("two")), agents(agent(2)))
    async with client(recorder) as althea:
        found = await althea.all_agents()
    assert [(one.agent_id, one.name, one.voice) for one in found] == [
        ("a1", "Agent 1", "Marlene"),
        ("a2", "Agent 2", "Marlene"),
    ]
    assert {request.url.path for request in recorder.requests} == {"/api/agents"}
    assert {request.url.host for request in recorder.requests} == {"app.altheastudio.ai"}


@pytest.mark.parametrize(
    "template", [None, "Marlene", [], {}, {"voice": None}, {"voice": 7}, {"voice": {"name": "Marlene"}}]
)
async def test_an_agent_without_a_template_voice_has_none(template: Any) -> None:
    recorder = Recorder(agents({"agentId": "a1", "callTemplate": template}))
    async with client(recorder) as althea:
        assert [one.voice for one in await althea.all_agents()] == [""]


@pytest.mark.parametrize(
    "pages",
    [
        [agents(agent(1), next_url=NEXT.format("same"))],
        [agents(agent(1), {"name": "no id"})],
        [httpx.Response(200, text="<html>")],
        [httpx.Response(200, json={"agents": []})],
    ],
    ids=["loop", "unreadable", "html", "shape"],
)
async def test_agent_list_fails_unless_read_to_its_end(pages: list[httpx.Response]) -> None:
    async with client(Recorder(*pages)) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.all_agents()


async def test_usage_is_requested_by_day() -> None:
    answer = {
        "allTime": {"totalCount": 3, "joinedCount": 2, "duration": "90.5s"},
        "daily": [{"date": "2026-07-31", "totalCount": 3, "duration": 90.5}, {"date": "soon"}, 7],
    }
    recorder = Recorder(httpx.Response(200, json=answer))
    async with client(recorder) as althea:
        use = await althea.get_call_usage("v1", first=date(2026, 7, 3), last=date(2026, 8, 1))
    assert dict(recorder.request.url.params) == {
        "voiceId": "v1",
        "fromDate": "2026-07-03",
        "toDate": "2026-08-01",
    }
    assert (use.calls, use.joined, use.seconds) == (3, 2, 90.5)
    assert [(day.day, day.calls, day.seconds) for day in use.daily] == [(date(2026, 7, 31), 3, 90.5)]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"allTime": None, "daily": None},
        {"allTime": {"totalCount": "many", "duration": "long"}, "daily": {}},
        {"allTime": {"totalCount": -1, "duration": -5}},
        {"allTime": {"totalCount": True, "duration": 1e300}},
    ],
)
async def test_malformed_usage_answers_count_as_no_use(answer: Any) -> None:
    async with client(Recorder(httpx.Response(200, json=answer))) as althea:
        use = await althea.get_call_usage("v1", first=date(2026, 7, 3), last=date(2026, 8, 1))
    assert (use.calls, use.seconds, use.daily) == (0, 0.0, ())


async def test_set_agent_voice_sends_the_whole_template_back() -> None:
    template = {"voice": "Marlene", "systemPrompt": "Hi", "unknown": {"deep": [1, 2.5, None]}}
    read = httpx.Response(200, json={"agentId": "a1", "callTemplate": template})
    changed = httpx.Response(200, json={"agentId": "a1", "callTemplate": template | {"voice": "v2"}})
    recorder = Recorder(read, changed)
    async with client(recorder) as althea:
        found = await althea.set_agent_voice(await althea.get_agent("a1"), "v2")
    assert found.voice == "v2"
    assert [(one.method, one.url.path) for one in recorder.requests] == [
        ("GET", "/api/agents/a1"),
        ("PATCH", "/api/agents/a1"),
    ]
    assert json.loads(recorder.requests[1].content) == {"callTemplate": template | {"voice": "v2"}}


@pytest.mark.parametrize("prompt", [f"Call us with {KEY}", "NUL \0", "half \ud800"])
async def test_inexact_template_is_never_sent_back(prompt: str) -> None:
    body = json.dumps({"agentId": "a1", "callTemplate": {"voice": "Marlene", "systemPrompt": prompt}})
    recorder = Recorder(httpx.Response(200, content=body.encode()))
    async with client(recorder) as althea:
        agent = await althea.get_agent("a1")
        with pytest.raises(InvalidFieldsError):
            await althea.set_agent_voice(agent, "v2")
    assert [one.method for one in recorder.requests] == ["GET"]
    assert KEY not in repr(agent)


@pytest.mark.parametrize("agent_id", ["", "../accounts/me", "a/b", "x" * 65])
async def test_agent_id_that_is_none_asks_nothing(agent_id: str) -> None:
    recorder = Recorder(agents())
    async with client(recorder) as althea:
        with pytest.raises(GoneError):
            await althea.get_agent(agent_id)
    assert recorder.requests == []
