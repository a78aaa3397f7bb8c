"""A worker that is stopped in the middle of a sync hands it back; another one ends it."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import make_cast
from tests.builders import make_key
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.actions.sync.runs import request_team_sync
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.kit.clock import SystemClock
from voices.models import SyncRun, SyncState
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker

pytestmark = pytest.mark.django_db(transaction=True)


async def work_and_stop(sandbox: LiveSandbox) -> None:
    """A worker that is stopped once its question is on the way."""
    clock, stop = SystemClock(), asyncio.Event()
    context = WorkerContext(worker_id="stopped", policy=RetryPolicy(), now=clock.now)
    async with new_http() as http:
        runtime = Runtime(http=http, context=context)
        worker = Worker(runtime=runtime, clock=clock, grace_seconds=0.1)
        task = asyncio.create_task(worker.run(stop))
        while sandbox.faults():  # noqa: ASYNC110  # another process tells
            await asyncio.sleep(0.05)
        stop.set()
        await task


def test_stopped_worker_releases_its_run(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    make_key(cast.ed, secret=sandbox.key())
    request_team_sync(member=cast.ed, now=timezone.now())
    sandbox.fault(effect="hang", method="GET", path="/api/voices")
    async_to_sync(work_and_stop)(sandbox)
    run = SyncRun.objects.get()
    assert (run.state, run.lease_until) == (SyncState.QUEUED, None)
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    assert (run.state, run.message) == (SyncState.DONE, "")
