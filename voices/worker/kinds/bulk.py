"""A bulk change: our own records by parts, deletions a few calls at a time."""

import asyncio

from voices.actions.bulk import steps
from voices.actions.bulk.steps import PendingDelete
from voices.actions.voice.delete import delete_upstream
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.althea import KeyRefusedError
from voices.kit.sealing import SealError
from voices.models import BulkRun, BulkVerb
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread


async def run(run: BulkRun, runtime: Runtime) -> None:
    """Take a bulk change to its end, or as far as Althea lets it now."""
    context = runtime.context
    if not await in_orm_thread(steps.start, run, context):
        return
    if run.verb != BulkVerb.DELETE:
        while await in_orm_thread(steps.change_some, run, context):
            pass
        return
    while pending := await in_orm_thread(steps.next_deletes, run, context):
        outcomes = await asyncio.gather(*(_delete(one, runtime) for one in pending))
        results = list(zip(pending, outcomes, strict=True))
        if not await in_orm_thread(steps.store_deletes, run, context, results):
            return


async def _delete(pending: PendingDelete, runtime: Runtime) -> Outcome:
    try:
        client = runtime.client(pending.key)
    except SealError as problem:
        return Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError(str(problem)))
    return await delete_upstream(client, pending.voice.voice_id)


KIND = JobKind(
    model=BulkRun,
    load=lambda: BulkRun.objects.select_related("team", "actor"),
    run=run,
    crashed=steps.crashed,
    release=steps.put_off,
    slots=2,  # each keeps the database thread busy while it runs
)
