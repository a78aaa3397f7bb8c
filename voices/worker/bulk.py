"""One bulk change, taken as far as it goes: local ones by parts, deletes a few calls at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from voices.actions.bulk import steps
from voices.actions.bulk.steps import PendingDelete
from voices.actions.clone.steps import WorkerContext
from voices.actions.voice.delete import delete_upstream
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.althea import AltheaClient, KeyRefusedError
from voices.kit.sealing import SealError
from voices.models import ApiKey, BulkRun, BulkVerb
from voices.worker.threads import in_orm_thread


@dataclass(frozen=True)
class BulkWork:
    """What a bulk change needs: who takes its steps, and how a key becomes a client."""

    context: WorkerContext
    connect: Callable[[ApiKey], AltheaClient]

    async def carry_out(self, run: BulkRun) -> None:
        """Takes a run that was taken up to its end, or as far as Althea lets it now."""
        if run.verb != BulkVerb.DELETE:
            while await in_orm_thread(steps.change_some, run, self.context):
                pass
            return
        while doomed := await in_orm_thread(steps.next_deletes, run, self.context):
            outcomes = await asyncio.gather(*(self._delete(one) for one in doomed))
            came = list(zip(doomed, outcomes, strict=True))
            if not await in_orm_thread(steps.keep_deletes, run, self.context, came):
                return

    async def _delete(self, doomed: PendingDelete) -> Outcome:
        try:
            client = self.connect(doomed.key)
        except SealError as problem:
            return Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError(str(problem)))
        return await delete_upstream(client, doomed.voice.voice_id)
