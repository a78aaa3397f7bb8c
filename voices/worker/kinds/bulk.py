"""Bulk changes: our own records in chunks, changes at Althea by a few concurrent calls."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from voices.actions.bulk import deletes, models, steps, swap_steps
from voices.actions.bulk.deletes import PendingDelete
from voices.actions.bulk.steps import PendingCall
from voices.actions.voice.delete import delete_upstream
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient, KeyRefusedError
from voices.kit.sealing import SealError
from voices.models import BulkRun, BulkVerb
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread

# Transactions are expensive, so outcomes are stored in batches; those lost by a kill are looked up again.
STORED_AT_ONCE, BATCH_WAIT_SECONDS = 16, 0.25

Results = list[tuple[PendingCall, Outcome]]
# After these statuses no further call is started: the run waits or ends.
STOPPING = frozenset({ChangeStatus.LATER, ChangeStatus.KEY_REFUSED})


@dataclass(frozen=True)
class UpstreamChange:
    """The strategy for changing the items of a run at Althea: selecting the next, calling, and storing outcomes."""

    start: Callable[[BulkRun, WorkerContext], bool]
    next: Callable[[BulkRun, WorkerContext, Collection[PendingCall]], Sequence[PendingCall]]
    call: Callable[[AltheaClient, Any], Awaitable[Outcome]]
    store: Callable[[BulkRun, WorkerContext, Any], bool]
    at_once: int
    in_batches: bool = False  # store and continue only when all calls have ended


async def _delete(client: AltheaClient, pending: PendingDelete) -> Outcome:
    return await delete_upstream(client, pending.voice.voice_id)


async def _swap(client: AltheaClient, pending: PendingCall) -> Outcome:
    return await swap_steps.change_agent(client, pending.item)


UPSTREAM: Mapping[str, UpstreamChange] = {
    BulkVerb.DELETE: UpstreamChange(
        steps.start,
        deletes.next_deletes,
        _delete,
        deletes.store_deletes,
        deletes.MAX_CONCURRENT,
        in_batches=True,
    ),
    BulkVerb.SWAP: UpstreamChange(
        swap_steps.start_swap, swap_steps.next_swaps, _swap, swap_steps.store_swaps, swap_steps.MAX_CONCURRENT
    ),
    BulkVerb.MODEL: UpstreamChange(
        steps.start,
        models.next_models,
        models.change_model,
        models.store_models,
        models.MAX_CONCURRENT,
        in_batches=True,
    ),
}


async def run(run: BulkRun, runtime: Runtime) -> None:
    """Process a bulk change to its end, or until Althea throttles it."""
    context, change = runtime.context, UPSTREAM.get(run.verb)
    if not await in_orm_thread(change.start if change else steps.start, run, context):
        return
    if change is None:
        while await in_orm_thread(steps.change_some, run, context):
            pass
        return
    async with asyncio.TaskGroup() as group:
        await Calls(run, runtime, change).make_all(group)


@dataclass
class Calls:
    """The calls of a run: tasks make them concurrently while their outcomes are stored."""

    run: BulkRun
    runtime: Runtime
    change: UpstreamChange
    under_way: dict[int, PendingCall] = field(default_factory=dict)  # by item, until stored
    _todo: "asyncio.Queue[PendingCall]" = field(default_factory=asyncio.Queue)
    _made: "asyncio.Queue[tuple[PendingCall, Outcome]]" = field(default_factory=asyncio.Queue)

    async def make_all(self, group: asyncio.TaskGroup) -> None:
        """Make calls until the run ends, waits or is lost, and all started calls have ended."""
        callers = [group.create_task(self._make()) for _ in range(self.change.at_once)]
        self._begin(await in_orm_thread(self._advance, []))
        while self.under_way:
            self._begin(await in_orm_thread(self._advance, await self._results()))
        for caller in callers:
            caller.cancel()

    def _begin(self, fresh: Sequence[PendingCall] | None) -> None:
        """Queue these calls; None means that no further one is started."""
        if fresh is None:
            self._drop_waiting()
        for pending in fresh or ():
            self.under_way[pending.item.pk] = pending
            self._todo.put_nowait(pending)

    async def _make(self) -> None:
        while True:
            pending = await self._todo.get()
            self._made.put_nowait((pending, await _call(self.change, pending, self.runtime)))

    async def _results(self) -> Results:
        """Return the next outcomes; if one stops the run, wait for all calls in progress first."""
        results = [await self._made.get()]
        with suppress(TimeoutError):
            async with asyncio.timeout(BATCH_WAIT_SECONDS):
                while len(results) < min(STORED_AT_ONCE, len(self.under_way)):
                    results.append(await self._made.get())
        if is_stopping := any(outcome.status in STOPPING for _, outcome in results):
            self._drop_waiting()
        while (is_stopping or self.change.in_batches) and len(results) < len(self.under_way):
            results.append(await self._made.get())
        return results

    def _drop_waiting(self) -> None:
        while not self._todo.empty():
            del self.under_way[self._todo.get_nowait().item.pk]

    def _advance(self, results: Results) -> Sequence[PendingCall] | None:
        """Store these outcomes and return the next items, in the database thread; None if the run does not continue."""
        context = self.runtime.context
        goes_on = not results or self.change.store(self.run, context, results)
        for pending, _ in results:
            del self.under_way[pending.item.pk]
        return self.change.next(self.run, context, self.under_way.values()) if goes_on else None


async def _call(change: UpstreamChange, pending: PendingCall, runtime: Runtime) -> Outcome:
    try:
        client = runtime.client(pending.key)
    except SealError as problem:
        return Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError(str(problem)))
    return await change.call(client, pending)


KIND = JobKind(
    model=BulkRun,
    load=lambda: BulkRun.objects.select_related("team", "actor", "swap__account"),
    run=run,
    crashed=steps.crashed,
    release=steps.put_off,
    slots=2,  # each keeps the database thread busy
)
