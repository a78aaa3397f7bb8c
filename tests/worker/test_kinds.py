"""A kind of job is one object: the worker claims, runs, renews, puts off and releases whatever its list holds."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from tests.base import make_cast
from tests.builders import make_voice
from voices.actions.work import RetryPolicy, WorkerContext
from voices.kit.clock import Clock, SystemClock
from voices.kit.origin import current_request_id
from voices.models import PreviewFile, PreviewState
from voices.worker.kinds import KINDS
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.loop import Worker, claim, renew

pytestmark = pytest.mark.django_db(transaction=True)
CONTEXT = WorkerContext(worker_id="test", policy=RetryPolicy().scaled(0.01), now=timezone.now)


class Echo:
    """A kind that nobody has but these tests, over rows of a table that is there; it keeps what was called."""

    def __init__(self, *, fails: bool = False, hangs: bool = False, **options: Any) -> None:
        self.calls: list[str] = []
        self.fails, self.hangs = fails, hangs
        self.kind: JobKind[PreviewFile] = JobKind(
            model=PreviewFile, load=PreviewFile.objects.all, run=self.run, crashed=self.crashed, **options
        )

    async def run(self, row: PreviewFile, runtime: Runtime) -> None:
        self.calls.append("run")
        if self.fails:
            raise ZeroDivisionError
        if self.hangs:
            await asyncio.Event().wait()
        await sync_to_async(row.update_if_held)(runtime.context.worker_id, state=PreviewState.READY)

    def crashed(self, row: PreviewFile, context: WorkerContext) -> bool:
        self.calls.append("crashed")
        return row.update_if_held(context.worker_id, crashes=row.crashes + 1, **context.due_in(3_600))


def due(count: int = 1) -> None:
    cast = make_cast()
    for number in range(count):
        row = PreviewFile(voice=make_voice(cast.ed, name=f"Voice {number}"))
        row.due_at = timezone.now() - timedelta(minutes=count - number)
        row.save()


def worker(*kinds: JobKind[Any], clock: Clock | None = None, **options: Any) -> Worker:
    runtime = Runtime(http=None, context=CONTEXT)  # type: ignore[arg-type]  # nothing is called
    return Worker(runtime=runtime, clock=clock or SystemClock(), kinds=kinds, **options)


def test_an_added_kind_is_claimed_and_run() -> None:
    due()
    echo = Echo()
    async_to_sync(worker(echo.kind).run_until_idle)()
    assert (echo.calls, PreviewFile.objects.get().state) == (["run"], PreviewState.READY)


def test_a_job_works_in_the_name_of_its_request() -> None:
    due()
    PreviewFile.objects.update(request_id="5f" * 16)
    seen = []

    class Asking(Echo):
        async def run(self, row: PreviewFile, runtime: Runtime) -> None:
            seen.extend([current_request_id(), await sync_to_async(current_request_id)()])
            await super().run(row, runtime)

    async_to_sync(worker(Asking().kind).run_until_idle)()
    assert seen == ["5f" * 16] * 2
    assert current_request_id() == ""


def test_a_job_that_raises_is_put_off() -> None:
    due()
    echo = Echo(fails=True)
    async_to_sync(worker(echo.kind).run_until_idle)()
    row = PreviewFile.objects.get()
    assert (echo.calls, row.crashes, row.lease_until) == (["run", "crashed"], 1, None)
    assert row.due_at > timezone.now()


def test_a_stopped_worker_renews_then_releases() -> None:
    due()
    echo = Echo(hangs=True)

    async def work_for_a_while() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(worker(echo.kind, grace_seconds=0.1).run(stop))
        first = None
        while True:
            row = await PreviewFile.objects.afirst()
            assert row is not None
            if first and row.lease_until != first:
                break
            first = first or row.lease_until
            await asyncio.sleep(0.05)
        stop.set()
        await task

    async_to_sync(work_for_a_while)()
    row = PreviewFile.objects.get()
    assert (echo.calls, row.state, row.lease_until) == (["run"], PreviewState.WAITING, None)


def test_slots_and_order_are_those_of_the_kind() -> None:
    due(count=3)
    newest = Echo(slots=2, newest_first=True).kind
    jobs = claim([newest], CONTEXT, [2])
    assert sorted(row.voice.name for _, row in jobs) == ["Voice 1", "Voice 2"]
    assert claim([newest], CONTEXT, [0]) == []


def test_an_urgent_kind_is_claimed_alone() -> None:
    due(count=2)
    urgent, other = Echo(is_urgent=True).kind, Echo().kind
    assert [kind for kind, _ in claim([other, urgent], CONTEXT, [5, 1])] == [urgent]
    assert [kind for kind, _ in claim([other, urgent], CONTEXT, [5, 1])] == [urgent]
    assert claim([other, urgent], CONTEXT, [5, 1]) == []


def test_only_held_rows_are_renewed() -> None:
    due(count=2)
    kind = Echo().kind
    jobs = claim([kind], CONTEXT, [2])
    PreviewFile.objects.filter(pk=jobs[0][1].pk).update(lease_holder="another")
    before = dict(PreviewFile.objects.values_list("pk", "lease_until"))
    renew(CONTEXT, jobs)
    after = dict(PreviewFile.objects.values_list("pk", "lease_until"))
    assert [pk for pk in before if after[pk] != before[pk]] == [jobs[1][1].pk]


def test_the_worker_runs_these_kinds() -> None:
    assert [kind.name for kind in KINDS] == [
        "CloneJob", "SyncRun", "BulkRun", "PackImport", "PreviewFile",
        "HealthRound", "Notice", "WebhookDelivery", "Mailbox",
    ]  # fmt: skip
    assert [kind.name for kind in KINDS if kind.is_urgent] == ["CloneJob"]
