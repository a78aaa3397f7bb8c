"""Bulk changes through the real worker and a real sandbox, which misbehaves where told to."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests import loopback
from tests.base import Cast
from tests.builders import make_bulk_run, make_voice
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.actions.bulk.changes import prepare
from voices.actions.bulk.submit import BulkOperation, cancel_bulk, request_bulk_change, retry_bulk
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.models import (
    ApiKey,
    BulkRun,
    BulkState,
    BulkVerb,
    ItemState,
    KeyState,
    Membership,
    Tagging,
    Voice,
)
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker
from voices.worker.threads import in_orm_thread

pytestmark = pytest.mark.django_db(transaction=True)
DELETE = {"method": "DELETE", "path": "/api/voices/.*"}
DEFINITION = {"lmnt": {"voiceId": "leah"}}
COUNT = 6


@pytest.fixture
def voices(sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey) -> list[Voice]:
    return [
        make_voice(cast.ed, name=name, account=key.account, voice_id=_make(sandbox, secret, name))
        for name in (f"Voice {number}" for number in range(COUNT))
    ]


def _make(sandbox: LiveSandbox, secret: str, name: str) -> str:
    answer = loopback.post(
        f"{sandbox.url}/api/voices",
        headers={"X-API-Key": secret},
        json={"name": name, "definition": DEFINITION},
    )
    return str(answer.raise_for_status().json()["voiceId"])


def work(run: BulkRun) -> BulkRun:
    """The run after the worker did what it could."""
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    return run


def states(run: BulkRun) -> list[str]:
    return sorted(run.items.values_list("state", flat=True))


def test_worker_deletes_many_voices_at_althea_and_here(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice]
) -> None:
    run = work(make_bulk_run(cast.ed, *voices))
    assert (run.state, states(run)) == (BulkState.DONE, ["done"] * COUNT)
    assert sandbox.voices() == []
    assert not Voice.objects.filter(deleted_at=None).exists()
    assert len(sandbox.log(**DELETE)) == COUNT


def test_worker_deletes_voices_already_gone_at_althea(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice], secret: str
) -> None:
    path = f"{sandbox.url}/api/voices/{voices[0].voice_id}"
    loopback.delete(path, headers={"X-API-Key": secret}).raise_for_status()
    assert states(work(make_bulk_run(cast.ed, *voices))) == ["done"] * COUNT


def test_revoked_key_stops_the_run_and_reports_every_voice(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice], key: ApiKey, secret: str
) -> None:
    sandbox.fault(effect="delay", delay=0.0, times=4, **DELETE)
    refused = {"effect": "status", "status": 401, "body": {"detail": "Invalid token."}, "times": None}
    sandbox.fault(**refused, **DELETE)
    sandbox.fault(**refused, method="GET", path="/api/accounts/me")
    run = work(make_bulk_run(cast.ed, *voices))
    key.refresh_from_db()
    assert (run.state, key.state) == (BulkState.STOPPED, KeyState.REFUSED)
    assert states(run) == ["done"] * 4 + ["failed"] * 2
    assert "was refused by Althea" in run.message
    assert set(run.items.filter(state="failed").values_list("message", flat=True)) == {run.message}
    assert len(sandbox.voices()) == Voice.objects.filter(deleted_at=None).count() == 2
    sandbox.clear()
    ApiKey.objects.update(state=KeyState.OK)
    assert retry_bulk(member=cast.ed, run=run, now=timezone.now())
    assert states(work(run)) == ["done"] * COUNT


def test_forbidden_voice_leaves_key_and_other_voices_alone(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice], key: ApiKey
) -> None:
    sandbox.fault(
        effect="status", status=403, body={"detail": "Not this one."}, method="DELETE",
        path=f"/api/voices/{voices[2].voice_id}",
    )  # fmt: skip
    run = work(make_bulk_run(cast.ed, *voices))
    key.refresh_from_db()
    assert (run.state, key.state) == (BulkState.DONE, KeyState.OK)
    assert states(run) == ["done"] * (COUNT - 1) + ["failed"]
    assert "Not this one." in run.items.get(state="failed").message


def test_worker_waits_for_a_throttling_althea(sandbox: LiveSandbox, cast: Cast, voices: list[Voice]) -> None:
    sandbox.fault(effect="throttle", seconds=120, times=2, **DELETE)
    run = work(make_bulk_run(cast.ed, *voices))
    assert (run.state, run.lease_until) == (BulkState.QUEUED, None)
    assert (run.due_at - timezone.now()).total_seconds() > 100
    assert states(run) == ["done"] * 2 + ["waiting"] * 4
    BulkRun.objects.update(due_at=timezone.now())
    assert states(work(run)) == ["done"] * COUNT


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "drop", "how": "rst", "commit": True},
        {"effect": "drop", "commit": False},
        {"effect": "status", "status": 500, "commit": True},
        {"effect": "html"},
        {"effect": "garbage"},
    ],
    ids=lambda fault: fault["effect"],
)
def test_worker_looks_up_and_retries_an_unclear_delete(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice], fault: dict[str, Any]
) -> None:
    sandbox.fault(**DELETE, **fault, times=2)
    assert states(work(make_bulk_run(cast.ed, *voices))) == ["done"] * COUNT
    assert sandbox.voices() == []


def test_bulk_report_contains_altheas_message(sandbox: LiveSandbox, cast: Cast, voices: list[Voice]) -> None:
    sandbox.fault(effect="status", status=400, body={"detail": "In use by an agent."}, **DELETE)
    run = work(make_bulk_run(cast.ed, *voices))
    assert states(run) == ["done"] * (COUNT - 1) + ["failed"]
    assert "In use by an agent." in run.items.get(state="failed").message


def test_two_bulk_runs_delete_each_voice_once(sandbox: LiveSandbox, cast: Cast, voices: list[Voice]) -> None:
    runs = [make_bulk_run(cast.ed, *voices) for _ in range(2)]
    async_to_sync(work_until_idle)()
    ended = [item for run in runs for item in states(run)]
    assert sorted(ended) == ["done"] * COUNT + ["skipped"] * COUNT
    assert sandbox.voices() == []


def test_long_local_change_runs_part_by_part(cast: Cast) -> None:
    first = make_voice(cast.ed)
    facts = {field.attname: getattr(first, field.attname) for field in Voice._meta.concrete_fields}
    rows = [Voice(**{**facts, "id": None, "voice_id": f"v{number}"}) for number in range(450)]
    for row in rows:
        row.id = Voice._meta.pk.get_default()
    Voice.objects.bulk_create(rows)
    ids = list(Voice.objects.values_list("pk", flat=True))
    operation = prepare(member=cast.ed, operation=BulkOperation(BulkVerb.TAG, {"tag": "Brand"}))
    run = work(request_bulk_change(member=cast.ed, operation=operation, voices=ids, now=timezone.now()))
    assert (run.state, states(run)) == (BulkState.DONE, ["done"] * 451)
    assert Tagging.objects.count() == 451
    assert Voice.objects.filter(search_text__contains="brand").count() == 451


def test_lost_role_stops_the_bulk_run(sandbox: LiveSandbox, cast: Cast, voices: list[Voice]) -> None:
    run = make_bulk_run(cast.ed, *voices)
    Membership.objects.filter(pk=cast.ed.pk).update(role="viewer")
    assert (work(run).state, states(run)) == (BulkState.STOPPED, ["failed"] * COUNT)
    assert sandbox.log(**DELETE) == []


async def work_and(sandbox: LiveSandbox, meanwhile: Any) -> None:
    """A worker that is stopped once its first calls are on their way, and what happens before that."""
    clock, stop = SystemClock(), asyncio.Event()
    context = WorkerContext(worker_id="stopped", policy=RetryPolicy(), now=clock.now)
    async with new_http() as http:
        runtime = Runtime(http=http, context=context)
        worker = Worker(runtime=runtime, clock=clock, grace_seconds=0.3)
        task = asyncio.create_task(worker.run(stop))
        while sandbox.faults():  # noqa: ASYNC110  # another process tells
            await asyncio.sleep(0.05)
        await meanwhile()
        stop.set()
        await task


def test_stopped_worker_releases_its_run(sandbox: LiveSandbox, cast: Cast, voices: list[Voice]) -> None:
    async def nothing() -> None:
        return None

    run = make_bulk_run(cast.ed, *voices)
    sandbox.fault(effect="hang", times=4, commit=True, **DELETE)
    async_to_sync(work_and)(sandbox, nothing)
    run.refresh_from_db()
    assert (run.state, run.lease_until, states(run)) == (BulkState.QUEUED, None, ["waiting"] * COUNT)
    assert states(work(run)) == ["done"] * COUNT


def test_cancelled_run_finishes_current_calls_and_starts_none(
    sandbox: LiveSandbox, cast: Cast, voices: list[Voice]
) -> None:
    run = make_bulk_run(cast.ed, *voices)
    sandbox.fault(effect="delay", delay=0.3, times=4, **DELETE)

    async def cancel() -> None:
        await in_orm_thread(cancel_bulk, member=cast.ed, run=run, now=timezone.now())
        await asyncio.sleep(0.6)

    async_to_sync(work_and)(sandbox, cancel)
    run.refresh_from_db()
    assert run.state == BulkState.STOPPED
    assert states(run) == ["done"] * 4 + ["failed"] * 2
    assert run.items.filter(state=ItemState.FAILED).count() == len(sandbox.voices()) == 2
