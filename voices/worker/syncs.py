"""One sync run: pages of Althea's list are fetched a few ahead, and written down together as they come."""

import asyncio
from dataclasses import dataclass, field

from voices.actions.clone.steps import WorkerContext
from voices.actions.sync import steps
from voices.actions.sync.apply import BATCH, Batch
from voices.actions.sync.remote_listing import RemoteListing
from voices.althea import AltheaClient, AltheaError
from voices.models import Scope, SyncRun
from voices.worker.threads import in_orm_thread

AHEAD = 6  # pages: enough for one batch, little enough for the memory
PATIENCE_SECONDS = 0.25  # slow pages are written one by one, so that people see them come


async def read_list(run: SyncRun, context: WorkerContext, client: AltheaClient) -> None:
    """Takes a run that was taken up to its end, or puts it off; a list that cannot be trusted ends it."""
    reading = Reading(run, context, client)
    try:
        if not await reading.to_end():
            return
        await _read_account(run, context, client)
        if await in_orm_thread(steps.finish, run, context, reading.listing):
            await in_orm_thread(steps.request_previews, run, context)
    except AltheaError as error:
        await in_orm_thread(steps.failed, run, context, error)


async def _read_account(run: SyncRun, context: WorkerContext, client: AltheaClient) -> None:
    """Keeps how many voices the account may hold; a list that was read to its end does not fail for it."""
    if run.scope == Scope.PUBLIC:
        return
    try:
        account = await client.get_account()
    except AltheaError:
        return
    await in_orm_thread(steps.keep_limit, run, context, account)


@dataclass
class Reading:
    """The list, how far it was read, and the pages that were fetched but not yet written down."""

    run: SyncRun
    context: WorkerContext
    client: AltheaClient
    listing: RemoteListing = field(init=False)
    _came: "asyncio.Queue[Batch | None]" = field(default_factory=asyncio.Queue)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AHEAD))

    def __post_init__(self) -> None:
        self.listing = RemoteListing(Scope(self.run.scope))

    async def to_end(self) -> bool:
        """Whether the list was written down to its end; False where another worker has won. Raises AltheaError.

        What a list named before it broke is there all the same.
        """
        fetching = asyncio.create_task(self._fetch())
        fetching.add_done_callback(lambda _: self._came.put_nowait(None))
        try:
            if not await self._write():
                return False
            await fetching
            return True
        finally:
            fetching.cancel()
            await asyncio.wait([fetching])

    async def _fetch(self) -> None:
        cursor: str | None = None
        while True:
            await self._room.acquire()
            asked_at, position = self.context.now(), len(self.listing.seen)
            page = await self.client.list_voices(ownership=self.run.scope, cursor=cursor)
            self._came.put_nowait(Batch(self.listing.take(page), position, asked_at))
            cursor = self.listing.next_cursor(page)
            if cursor is None:
                return

    async def _write(self) -> bool:
        clock, waiting = asyncio.get_running_loop(), list[Batch]()
        written_at = clock.time()
        while True:
            late, batch = await self._next(patient=not waiting)
            if not late and batch is None:
                return not waiting or await self._keep(waiting)
            if batch is not None:
                waiting.append(batch)
            many = sum(len(one.voices) for one in waiting) >= BATCH
            if late or many or (self._came.empty() and clock.time() - written_at > PATIENCE_SECONDS):
                if not await self._keep(waiting):
                    return False
                waiting, written_at = [], clock.time()

    async def _next(self, *, patient: bool) -> tuple[bool, Batch | None]:
        """Whether the next page is late, and the page; no page at the end. A late one keeps nobody's voices back."""
        try:
            async with asyncio.timeout(None if patient else PATIENCE_SECONDS):
                return False, await self._came.get()
        except TimeoutError:
            return True, None

    async def _keep(self, waiting: list[Batch]) -> bool:
        voices = [voice for one in waiting for voice in one.voices]
        batch = Batch(voices, waiting[0].position, waiting[0].asked_at)
        pages = self.run.pages + len(waiting)
        for _ in waiting:
            self._room.release()
        return await in_orm_thread(steps.keep_pages, self.run, self.context, batch, pages=pages)
