"""/api/agents and the use of voices in calls: per account, in DRF's shape, kept over a restart."""

from typing import Any

import httpx
import pytest

from tests import loopback
from tests.sandbox.conftest import client_of
from tests.sandbox.live import LiveSandbox
from tests.sandbox.test_listing import define


def hire(client: httpx.Client, name: str, voice: str = "Sora") -> dict[str, Any]:
    """An agent that speaks with that voice."""
    body = {"name": name, "callTemplate": {"voice": voice}}
    agent: dict[str, Any] = client.post("/api/agents", json=body).raise_for_status().json()
    return agent


def test_pages_lead_through_every_agent_once_newest_first(client: httpx.Client) -> None:
    for number in range(5):
        hire(client, f"A{number}")
    found, url = [], "/api/agents?pageSize=2"
    while url:
        page = client.get(url).raise_for_status().json()
        assert page["total"] == 5
        found += [agent["name"] for agent in page["results"]]
        url = page["next"]
    assert found == ["A4", "A3", "A2", "A1", "A0"]


def test_a_search_finds_part_of_a_name(client: httpx.Client) -> None:
    for name in ["Front desk", "Night line"]:
        hire(client, name)
    page = client.get("/api/agents", params={"search": "DESK"}).json()
    assert ([agent["name"] for agent in page["results"]], page["total"]) == (["Front desk"], 1)


def test_an_agent_is_read_changed_and_deleted(client: httpx.Client) -> None:
    agent = hire(client, "Front desk")
    path = f"/api/agents/{agent['agentId']}"
    changed = client.patch(path, json={"callTemplate": {"voice": "Marlene"}}).json()
    assert (changed["name"], changed["callTemplate"]) == ("Front desk", {"voice": "Marlene"})
    assert client.get(path).json() == changed
    assert client.patch(path, json={"callTemplate": None}).json()["callTemplate"] is None
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.delete(path).status_code == 404


def test_agent_of_another_account_is_404(sandbox: LiveSandbox, client: httpx.Client) -> None:
    path = f"/api/agents/{hire(client, 'Front desk')['agentId']}"
    with client_of(sandbox, sandbox.key()) as stranger:
        assert stranger.get("/api/agents").json()["results"] == []
        answers = [stranger.get(path), stranger.patch(path, json={"name": "Mine"}), stranger.delete(path)]
        assert [answer.status_code for answer in answers] == [404] * 3
        hire(stranger, "Front desk")
    assert client.get(path).json()["name"] == "Front desk"


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 65}, {"name": {}}, {"name": "A", "callTemplate": "Sora"}, []]
)
def test_a_wrong_agent_is_refused_by_field(client: httpx.Client, body: Any) -> None:
    answer = client.post("/api/agents", json=body)
    assert answer.status_code == 400
    assert all(isinstance(problems, list) for problems in answer.json().values())


def test_a_taken_name_is_refused(client: httpx.Client) -> None:
    hire(client, "Front desk")
    other = hire(client, "Night line")
    answers = [
        client.post("/api/agents", json={"name": "Front desk"}),
        client.patch(f"/api/agents/{other['agentId']}", json={"name": "Front desk"}),
    ]
    assert [(answer.status_code, list(answer.json())) for answer in answers] == [(400, ["name"])] * 2


@pytest.mark.parametrize("query", ["cursor=%00", "pageSize=0", "search=%FF", "cursor=", "sort=-created"])
def test_odd_queries_are_answered(client: httpx.Client, query: str) -> None:
    assert client.get(f"/api/agents?{query}").status_code < 500


def test_calls_are_counted_by_day_for_one_voice_or_all(sandbox: LiveSandbox, client: httpx.Client) -> None:
    ids = [define(client, name)["voiceId"] for name in ("Anna", "Otto")]
    for voice_id, days in zip(ids, (0, 3), strict=True):
        calls = {"voiceId": voice_id, "count": 2, "seconds": 30, "daysAgo": days}
        loopback.post(f"{sandbox.url}/_sandbox/calls", json=calls).raise_for_status()
    path = "/api/accounts/me/usage/calls"
    one, every = client.get(path, params={"voiceId": ids[0]}).json(), client.get(path).json()
    assert one["allTime"] == {"totalCount": 2, "joinedCount": 2, "duration": "60s"}
    assert [len(answer["daily"]) for answer in (one, every)] == [1, 2]
    assert client.get(path, params={"fromDate": "2999-01-01"}).json()["daily"] == []
    assert client.get(path, params={"fromDate": "soon"}).status_code == 400
    with client_of(sandbox, sandbox.key()) as stranger:
        assert stranger.get(path, params={"voiceId": ids[0]}).json()["allTime"]["totalCount"] == 0


def test_a_restart_forgets_nothing(sandbox: LiveSandbox, client: httpx.Client) -> None:
    agent, voice = hire(client, "Front desk"), define(client, "Anna")["voiceId"]
    calls = {"voiceId": voice, "count": 1}
    loopback.post(f"{sandbox.url}/_sandbox/calls", json=calls).raise_for_status()
    sandbox.restart()
    assert client.get(f"/api/agents/{agent['agentId']}").json() == agent
    usage = client.get("/api/accounts/me/usage/calls", params={"voiceId": voice}).json()
    assert usage["allTime"]["totalCount"] == 1


def test_faults_apply_to_agents(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.fault(method="GET", path="/api/agents", effect="status", status=403, body={"detail": "No."})
    assert client.get("/api/agents").status_code == 403
    assert client.get("/api/agents").status_code == 200
