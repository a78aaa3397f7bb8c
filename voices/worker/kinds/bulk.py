"""A bulk change: our own records by parts, changes at Althea a few calls at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voices.actions.bulk import deletes, steps, swap_steps
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


@dataclass(frozen=True)
class UpstreamChange:
    """How the items of a run are changed at Althea: the next ones, the call for one, and what came of them."""

    start: Callable[[BulkRun, WorkerContext], bool]
    next: Callable[[BulkRun, WorkerContext], Sequence[PendingCall]]
    call: Callable[[AltheaClient, Any], Awaitable[Outcome]]
    store: Callable[[BulkRun, WorkerContext, Any], bool]


async def _delete(client: AltheaClient, pending: PendingDelete) -> Outcome:
    return await delete_upstream(client, pending.voice.voice_id)


async def _swap(client: AltheaClient, pending: PendingCall) -> Outcome:
    return await swap_steps.change_agent(client, pending.item)


UPSTREAM: Mapping[str, UpstreamChange] = {
    BulkVerb.DELETE: UpstreamChange(steps.start, deletes.next_deletes, _delete, deletes.store_deletes),
    BulkVerb.SWAP: UpstreamChange(
        swap_steps.start_swap, swap_steps.next_swaps, _swap, swap_steps.store_swaps
    ),
}


async def run(run: BulkRun, runtime: Runtime) -> None:
    """Take a bulk change to its end, or as far as Althea lets it now."""
    context, change = runtime.context, UPSTREAM.get(run.verb)
    if not await in_orm_thread(change.start if change else steps.start, run, context):
        return
    if change is None:
        while await in_orm_thread(steps.change_some, run, context):
            pass
        return
    while pending := await in_orm_thread(change.next, run, context):
        outcomes = await asyncio.gather(*(_call(change, one, runtime) for one in pending))
        results = list(zip(pending, outcomes, strict=True))
        if not await in_orm_thread(change.store, run, context, results):
            return


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
    slots=2,  # each keeps the database thread busy while it runs
)
