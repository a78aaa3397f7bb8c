"""A worker says every 15 seconds that it works, and that it was stopped."""

import asyncio
import logging
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.utils import timezone

from tests.kit.fakes import NOON, FakeClock
from tests.worker.test_kinds import worker
from tests.worker.test_recovery import until
from voices.actions.workers import delete_old_workers, mark_alive
from voices.models import WorkerProcess

pytestmark = pytest.mark.django_db(transaction=True)


def test_worker_writes_its_heartbeat_until_it_is_stopped() -> None:
    began = timezone.now()  # upkeep, which has the system's clock, forgets old workers
    clock = FakeClock(at=began, holds=True)
    seen: list[tuple[str, timedelta, timedelta]] = []

    async def rows() -> list[WorkerProcess]:
        return await sync_to_async(lambda: list(WorkerProcess.objects.all()))()

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(worker(clock=clock).run(stop))
        for beats in (1, 2):
            await until(lambda beats=beats: clock.sleeps.count(15.0) == beats)
            seen.extend((one.name, one.started_at - began, one.seen_at - began) for one in await rows())
            clock.advance(15)
        stop.set()
        await task

    async_to_sync(work)()
    assert seen == [("test", timedelta(0), timedelta(0)), ("test", timedelta(0), timedelta(seconds=15))]
    assert list(WorkerProcess.objects.all()) == []


def test_worker_goes_on_where_its_heartbeat_cannot_be_written(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock(at=timezone.now(), holds=True)

    async def work() -> None:
        stop = asyncio.Event()
        await sync_to_async(rename)("voices_workerprocess", "elsewhere")
        task = asyncio.create_task(worker(clock=clock).run(stop))
        await until(lambda: clock.sleeps.count(15.0) == 1)
        await sync_to_async(rename)("elsewhere", "voices_workerprocess")
        clock.advance(15)
        await until(lambda: clock.sleeps.count(15.0) == 2)
        assert await WorkerProcess.objects.acount() == 1
        stop.set()
        await task

    with caplog.at_level(logging.ERROR, logger="voices.worker.loop"):
        async_to_sync(work)()
    assert "Writing that this worker works failed" in [one.getMessage() for one in caplog.records]


def rename(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_workers_not_seen_for_a_week_are_forgotten() -> None:
    for name, days in (("killed", 8), ("away", 6)):
        mark_alive(name=name, started_at=NOON, now=NOON - timedelta(days=days))
    assert delete_old_workers(now=NOON) == 1
    assert [one.name for one in WorkerProcess.objects.all()] == ["away"]
