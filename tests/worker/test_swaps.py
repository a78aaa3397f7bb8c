"""Replacing a voice in agents, through the real worker and a real sandbox, which misbehaves where told to."""

from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_voice
from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import Living
from tests.swapped_voices import key, new, old
from tests.worker.running import work_until_idle
from voices.actions.bulk.submit import cancel_bulk, retry_bulk
from voices.actions.bulk.swap_request import request_swap, undo_swap
from voices.actions.bulk.swap_steps import DELETED, HAD_IT
from voices.actions.voice.usage import AgentUse
from voices.models import ApiKey, AuditEntry, BulkRun, BulkState, KeyState, Membership, Voice

__all__ = ["key", "new", "old"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)
GET = {"method": "GET", "path": "/api/agents/.+"}
PATCH = {"method": "PATCH", "path": "/api/agents/.+"}
COUNT = 10


@pytest.fixture
def agents(living: Living, old: Voice) -> list[AgentUse]:
    """Agents that name the old voice; the first by its name."""
    voices = [old.name, *[old.voice_id] * (COUNT - 1)]
    return [
        AgentUse(living.agent(f"A{number}", voice=voice, systemPrompt=f"Hi {number}"), f"A{number}", by)
        for number, (voice, by) in enumerate(zip(voices, ["name", *["id"] * (COUNT - 1)], strict=True))
    ]


@pytest.fixture
def run(cast: Cast, old: Voice, new: Voice, agents: list[AgentUse]) -> BulkRun:
    return request_swap(member=cast.ed, old=old, new=new, agents=agents, now=timezone.now())


def work(run: BulkRun) -> BulkRun:
    """The run after the worker did what it could."""
    BulkRun.objects.live().update(due_at=timezone.now())
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    return run


def states(run: BulkRun) -> list[str]:
    return sorted(run.items.values_list("state", flat=True))


def voices(living: Living) -> set[str]:
    return {template["voice"] for template in living.templates().values()}


def told(run: BulkRun) -> Mapping[str, tuple[str, str]]:
    return {item.name: (item.state, item.message) for item in run.items.all()}


def test_worker_changes_only_the_voice_of_each_agent(living: Living, run: BulkRun) -> None:
    before = living.templates()
    assert (work(run).state, states(run)) == (BulkState.DONE, ["done"] * COUNT)
    assert living.templates() == {name: one | {"voice": "new-id"} for name, one in before.items()}
    assert AuditEntry.objects.filter(verb="agent.changed").count() == COUNT


def test_undo_restores_exactly_what_was_there(cast: Cast, living: Living, run: BulkRun) -> None:
    before = living.templates()
    work(run)
    undo = undo_swap(member=cast.ed, run=run, now=timezone.now())
    assert states(work(undo)) == ["done"] * COUNT
    assert living.templates() == before


def test_undo_leaves_agents_alone_that_were_changed_since(
    cast: Cast, living: Living, run: BulkRun, agents: list[AgentUse]
) -> None:
    work(run)
    living.change_agent(agents[3].agent_id, voice="third")
    undo = work(undo_swap(member=cast.ed, run=run, now=timezone.now()))
    assert told(undo)["A3"] == ("left", "Skipped: it was given the voice “third” in the meantime.")
    assert states(undo) == ["done"] * (COUNT - 1) + ["left"]


def test_agents_changed_or_deleted_meanwhile_are_left_alone(
    living: Living, run: BulkRun, agents: list[AgentUse], cast: Cast
) -> None:
    make_voice(cast.ed, account=living.account, voice_id="third-id", name="Sora")
    living.change_agent(agents[1].agent_id, voice="third-id")
    living.change_agent(agents[2].agent_id, voice="new-id")
    living.delete_agent(agents[3].agent_id)
    report = told(work(run))
    assert report["A1"] == ("left", "Skipped: it was given the voice “Sora” in the meantime.")
    assert report["A2"] == ("skipped", HAD_IT)
    assert report["A3"] == ("left", DELETED)
    assert living.templates()["A1"] == {"voice": "third-id"}
    assert states(run) == ["done"] * (COUNT - 3) + ["left"] * 2 + ["skipped"]


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "drop", "how": "rst", "commit": True},
        {"effect": "drop", "commit": False},
        {"effect": "status", "status": 500, "commit": True},
        {"effect": "status", "status": 500, "commit": False},
        {"effect": "html"},
        {"effect": "garbage"},
        {"effect": "truncate"},
    ],
    ids=lambda fault: f"{fault['effect']}-{fault.get('commit', '')}",
)
def test_unclear_patch_is_looked_up_and_retried(
    sandbox: LiveSandbox, living: Living, run: BulkRun, fault: dict[str, Any]
) -> None:
    sandbox.fault(**PATCH, **fault, times=2)
    assert (work(run).state, states(run)) == (BulkState.DONE, ["done"] * COUNT)
    assert voices(living) == {"new-id"}


def test_report_contains_altheas_words_and_a_retry_helps(
    sandbox: LiveSandbox, cast: Cast, living: Living, run: BulkRun
) -> None:
    sandbox.fault(effect="status", status=400, body={"detail": "A campaign runs."}, **PATCH)
    assert states(work(run)) == ["done"] * (COUNT - 1) + ["failed"]
    assert "A campaign runs." in run.items.get(state="failed").message
    assert retry_bulk(member=cast.ed, run=run, now=timezone.now())
    assert states(work(run)) == ["done"] * COUNT
    assert voices(living) == {"new-id"}


def test_swap_waits_for_a_throttling_althea(sandbox: LiveSandbox, living: Living, run: BulkRun) -> None:
    sandbox.fault(effect="throttle", seconds=120, times=2, **PATCH)
    assert (work(run).state, run.lease_until) == (BulkState.QUEUED, None)
    assert (run.due_at - timezone.now()).total_seconds() > 100
    assert {"done", "waiting"} == set(states(run))
    assert states(work(run)) == ["done"] * COUNT


def test_swap_waits_while_althea_is_away(sandbox: LiveSandbox, living: Living, run: BulkRun) -> None:
    sandbox.kill()
    try:
        assert (work(run).state, states(run)) == (BulkState.QUEUED, ["waiting"] * COUNT)
    finally:
        sandbox.start()
    assert states(work(run)) == ["done"] * COUNT
    assert voices(living) == {"new-id"}


def test_only_a_refused_account_refuses_the_key(
    sandbox: LiveSandbox, living: Living, run: BulkRun, key: ApiKey
) -> None:
    refused = {"effect": "status", "status": 401, "body": {"detail": "Invalid token."}}
    sandbox.fault(**refused, **PATCH)
    assert states(work(run)) == ["done"] * (COUNT - 1) + ["failed"]
    key.refresh_from_db()
    assert key.state == KeyState.OK


def test_refused_key_stops_the_swap_and_reports_every_agent(
    sandbox: LiveSandbox, living: Living, run: BulkRun, key: ApiKey
) -> None:
    sandbox.revoke(living.secret)
    assert (work(run).state, states(run)) == (BulkState.STOPPED, ["failed"] * COUNT)
    key.refresh_from_db()
    assert key.state == KeyState.REFUSED
    assert "was refused by Althea" in run.message


def test_lost_role_stops_the_swap(sandbox: LiveSandbox, cast: Cast, run: BulkRun) -> None:
    Membership.objects.filter(pk=cast.ed.pk).update(role="viewer")
    assert (work(run).state, states(run)) == (BulkState.STOPPED, ["failed"] * COUNT)
    assert sandbox.log(**PATCH) == []


def test_two_swaps_at_once_change_each_agent_once(
    cast: Cast, living: Living, old: Voice, run: BulkRun, agents: list[AgentUse]
) -> None:
    third = make_voice(cast.ed, account=living.account, voice_id="third-id", name="Sora")
    living.key(cast.ada)
    other = request_swap(member=cast.ada, old=old, new=third, agents=agents, now=timezone.now())
    while BulkRun.objects.live().exists():  # the one that comes second is put off while the first works
        work(run)
    first, second = sorted([states(run), states(other)])
    assert (first, second) == (["done"] * COUNT, ["left"] * COUNT)
    assert len(voices(living)) == 1


def test_cancelled_swap_changes_no_more(cast: Cast, living: Living, run: BulkRun) -> None:
    assert cancel_bulk(member=cast.ed, run=run, now=timezone.now())
    assert (work(run).state, states(run)) == (BulkState.STOPPED, ["failed"] * COUNT)
    assert voices(living) == {"old-id", "Marlene"}


def test_template_with_the_key_in_it_is_left_as_it_is(
    cast: Cast, living: Living, old: Voice, new: Voice
) -> None:
    agent = living.agent("Keyed", voice="old-id", tools=[{"header": living.secret}])
    uses = [AgentUse(agent, "Keyed", "id")]
    run = work(request_swap(member=cast.ed, old=old, new=new, agents=uses, now=timezone.now()))
    assert states(run) == ["failed"]
    assert "Change its voice at Althea." in run.items.get().message
    assert living.secret not in run.items.get().message
    assert living.templates()["Keyed"] == {"voice": "old-id", "tools": [{"header": living.secret}]}
