"""A worker after something failed that is not Althea: the database, the clock, a stored file."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import OperationalError
from django.utils import timezone

from tests.base import make_cast
from tests.builders import make_job, make_key
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from tests.worker.test_kinds import Echo, due, worker
from voices.actions.clone.steps import look_up_at
from voices.actions.clone.submit import retry_clone
from voices.actions.voice.previews import refetch_preview
from voices.actions.work import RetryPolicy, WorkerContext
from voices.models import CloneJob, PreviewFile, PreviewState, State
from voices.worker.kinds.base import JobKind
from voices.worker.upkeep import run_upkeep

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, kw_only=True)
class FailingKind(JobKind[PreviewFile]):
    """A kind whose first claims raise these problems, as with a database that is away for a while."""

    problems: list[Exception]

    def claim(self, context: WorkerContext, limit: int) -> list[PreviewFile]:
        if self.problems:
            raise self.problems.pop()
        return super().claim(context, limit)


async def until(holds: Any) -> None:
    while not holds():  # noqa: ASYNC110  # the worker under test tells nobody
        await asyncio.sleep(0.02)


def test_worker_backs_off_with_a_line_at_times_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    due()
    echo = Echo()
    problems: list[Exception] = [OperationalError("database is locked") for _ in range(2)]
    kind = FailingKind(
        model=PreviewFile, load=PreviewFile.objects.all, run=echo.run, crashed=echo.crashed, problems=problems
    )

    async def work() -> None:
        stop = asyncio.Event()
        running = worker(kind)
        task = asyncio.create_task(running.run(stop))
        await until(lambda: echo.calls)
        assert running.failures == 0
        stop.set()
        await task

    with caplog.at_level(logging.WARNING, logger="voices.worker.loop"):
        async_to_sync(work)()
    assert [record.getMessage() for record in caplog.records] == [
        "Claiming failed, 1 in a row: database is locked",
        "Claiming failed, 2 in a row: database is locked",
        "Claiming works again, after 2 failures",
    ]
    assert [record.exc_info for record in caplog.records] == [None] * 3


def test_pause_grows_to_five_seconds_while_claims_fail() -> None:
    idle = worker()
    pauses = []
    for failures in range(8):
        idle.failures = failures
        pauses.append(idle.pause_seconds)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_row_of_this_worker_is_not_run_twice_at_once() -> None:
    """As after a clock that was set forward by an hour."""
    due()
    echo = Echo(hangs=True)

    async def work() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(worker(echo.kind, grace_seconds=0.1).run(stop))
        await until(lambda: echo.calls)
        past = timezone.now() - timedelta(minutes=59)
        await sync_to_async(PreviewFile.objects.update)(lease_until=past)
        row = await PreviewFile.objects.aget()
        while row.lease_until == past:
            await asyncio.sleep(0.05)
            row = await PreviewFile.objects.aget()
        stop.set()
        await task

    async_to_sync(work)()
    assert echo.calls == ["run"]


def test_upkeep_pulls_every_kind_of_job_back() -> None:
    now = timezone.now()
    cast = make_cast()
    job = make_job(cast.ed, due_at=now + timedelta(minutes=59))
    context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=lambda: now)
    run_upkeep(context)
    job.refresh_from_db()
    assert job.due_at == now


def test_upkeep_runs_the_tasks_after_one_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def fail(context: WorkerContext) -> None:
        raise OSError("the storage is full")

    def away(context: WorkerContext) -> None:
        raise OperationalError("the database is gone")

    context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=timezone.now)
    run_upkeep(context, tasks=(fail, lambda context: done.append("later")))
    assert (done, [record.message for record in caplog.records]) == (["later"], ["A task of upkeep failed"])
    with pytest.raises(OperationalError):
        run_upkeep(context, tasks=(away, lambda context: done.append("after the database")))
    assert done == ["later"]


def test_look_up_after_a_jump_back_is_not_an_hour_away() -> None:
    back = datetime(2026, 3, 2, 11, 0, 10, tzinfo=timezone.now().tzinfo)
    job = CloneJob(sent_at=back + timedelta(minutes=59))
    context = WorkerContext(worker_id="test", policy=RetryPolicy(), now=lambda: back)
    assert look_up_at(job, context, 30.0) == back + timedelta(seconds=30)


def test_lost_recording_fails_the_clone_with_what_to_do(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    job = make_job(cast.ed, key=make_key(cast.ed, secret=sandbox.key()))
    path = Path(job.sample.file.path)
    content = path.read_bytes()
    path.unlink()
    async_to_sync(work_until_idle)()
    job.refresh_from_db()
    assert (job.state, job.problem, job.crashes) == (State.FAILED, "recording_lost", 0)
    assert job.message == (
        "The stored recording is missing, so nothing was sent. Choose the recording again and send it."
    )
    assert sandbox.log(method="POST", path="/api/voices") == []
    path.write_bytes(content)
    retry_clone(member=cast.ed, job=job, now=timezone.now())
    async_to_sync(work_until_idle)()
    job.refresh_from_db()
    assert job.state == State.CREATED, job.message


def test_lost_preview_comes_back_by_itself(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    make_job(cast.ed, key=make_key(cast.ed, secret=sandbox.key()))
    async_to_sync(work_until_idle)()
    preview = PreviewFile.objects.get()
    lost = Path(preview.file.path)
    lost.unlink()
    assert refetch_preview(row=preview, now=timezone.now())
    async_to_sync(work_until_idle)()
    preview.refresh_from_db()
    assert preview.state == PreviewState.READY, preview.problem
    assert Path(preview.file.path).stat().st_size == preview.size_bytes
