"""One sync run: page after page of Althea's list, the next one asked for while the last is written down."""

import asyncio

from voices.actions import sync_steps as steps
from voices.actions.clone_steps import Step
from voices.actions.sync import Batch
from voices.actions.sync_walk import Walk
from voices.althea import AltheaClient, AltheaError, VoicePage
from voices.models import Scope, SyncRun
from voices.worker.threads import in_orm_thread


async def read_list(run: SyncRun, step: Step, client: AltheaClient) -> None:
    """Takes a run that was taken up to its end, or puts it off; a list that cannot be trusted ends it."""
    walk = Walk(Scope(run.scope))
    try:
        if await _follow(run, step, client, walk):
            await in_orm_thread(steps.finish, run, step, walk)
    except AltheaError as error:
        await in_orm_thread(steps.failed, run, step, error)


async def _follow(run: SyncRun, step: Step, client: AltheaClient, walk: Walk) -> bool:
    """Whether the list was written down to its end; False where another worker has won. Raises AltheaError."""
    asked_at, coming = step.now(), _ask(run, client, None)
    try:
        while True:
            page = await coming
            position = len(walk.seen)
            batch = Batch(walk.take(page), position, asked_at)
            try:
                cursor = walk.next_cursor(page)
            except AltheaError:
                # What a broken list named is there all the same.
                await _keep(run, step, batch, walk, "")
                raise
            if cursor is not None:
                asked_at, coming = step.now(), _ask(run, client, cursor)
            if not await _keep(run, step, batch, walk, cursor or ""):
                return False
            if cursor is None:
                return True
    finally:
        coming.cancel()
        await asyncio.wait([coming])


def _ask(run: SyncRun, client: AltheaClient, cursor: str | None) -> "asyncio.Task[VoicePage]":
    return asyncio.create_task(client.list_voices(ownership=run.scope, cursor=cursor))


def _keep(run: SyncRun, step: Step, batch: Batch, walk: Walk, cursor: str) -> "asyncio.Future[bool]":
    return in_orm_thread(steps.keep_page, run, step, batch, pages=walk.pages, cursor=cursor)
