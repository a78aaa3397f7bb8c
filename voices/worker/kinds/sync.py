"""Syncs: pages of Althea's list are prefetched and stored in batches."""

import asyncio
from dataclasses import dataclass, field

from voices.actions.sync import steps
from voices.actions.sync.apply import BATCH, Batch
from voices.actions.sync.remote_listing import RemoteListing
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient, AltheaError
from voices.kit.sealing import SealError
from voices.models import KeyState, Scope, SyncRun
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread

PREFETCHED_PAGES = 6  # enough for one batch, and few enough for the memory
BATCH_WAIT_SECONDS = 0.25  # slow pages are stored one by one, so that people see progress


async def run(run: SyncRun, runtime: Runtime) -> None:
    """Read one account's list of voices into a team's library."""
    context = runtime.context
    if not await in_orm_thread(steps.start, run, context) or run.key is None:
        return
    try:
        client = runtime.client(run.key)
    except SealError:
        await in_orm_thread(steps.end_without_key, run, context)
        return
    await read_list(run, context, client)


async def read_list(run: SyncRun, context: WorkerContext, client: AltheaClient) -> None:
    """Read a started run's list to its end, or put the run off; end it if the list is invalid."""
    reader = ListReader(run, context, client)
    try:
        if not await _try_refused_key(run, context, client):
            return
        if not await reader.read_to_end():
            return
        await _read_account(run, context, client)
        if await in_orm_thread(steps.finish, run, context, reader.listing):
            await in_orm_thread(steps.request_previews, run, context)
    except AltheaError as error:
        await in_orm_thread(steps.failed, run, context, error)


async def _try_refused_key(run: SyncRun, context: WorkerContext, client: AltheaClient) -> bool:
    """Test whether a refused key works again. Return False if the run has ended."""
    if run.key is None or run.key.state != KeyState.REFUSED:
        return True
    return await in_orm_thread(steps.accept_key_again, run, context, await client.get_account())


async def _read_account(run: SyncRun, context: WorkerContext, client: AltheaClient) -> None:
    """Store the account's voice limit; an error here does not fail a run whose list was read."""
    if run.scope == Scope.PUBLIC:
        return
    try:
        account = await client.get_account()
    except AltheaError:
        return
    await in_orm_thread(steps.store_limit, run, context, account)


@dataclass
class ListReader:
    """The progress of reading a list, and the pages that were fetched but not yet stored."""

    run: SyncRun
    context: WorkerContext
    client: AltheaClient
    listing: RemoteListing = field(init=False)
    _fetched: "asyncio.Queue[Batch | None]" = field(default_factory=asyncio.Queue)
    _free_pages: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PREFETCHED_PAGES))

    def __post_init__(self) -> None:
        self.listing = RemoteListing(Scope(self.run.scope))

    async def read_to_end(self) -> bool:
        """Store the whole list. Return False if someone else won. Raises AltheaError.

        Pages read before an error are stored as well.
        """
        fetching = asyncio.create_task(self._fetch())
        fetching.add_done_callback(lambda _: self._fetched.put_nowait(None))
        try:
            if not await self._store_all():
                return False
            await fetching
            return True
        finally:
            fetching.cancel()
            await asyncio.wait([fetching])

    async def _fetch(self) -> None:
        cursor: str | None = None
        while True:
            await self._free_pages.acquire()
            asked_at, position = self.context.now(), len(self.listing.seen)
            page = await self.client.list_voices(ownership=self.run.scope, cursor=cursor)
            self._fetched.put_nowait(Batch(self.listing.add_page(page), position, asked_at))
            cursor = self.listing.next_cursor(page)
            if cursor is None:
                return

    async def _store_all(self) -> bool:
        loop, waiting = asyncio.get_running_loop(), list[Batch]()
        stored_at = loop.time()
        while True:
            late, batch = await self._next(waits=not waiting)
            if not late and batch is None:
                return not waiting or await self._store(waiting)
            if batch is not None:
                waiting.append(batch)
            is_full = sum(len(one.voices) for one in waiting) >= BATCH
            if late or is_full or (self._fetched.empty() and loop.time() - stored_at > BATCH_WAIT_SECONDS):
                if not await self._store(waiting):
                    return False
                waiting, stored_at = [], loop.time()

    async def _next(self, *, waits: bool) -> tuple[bool, Batch | None]:
        """Return whether the next page is late, and the page; None at the end.

        A late page does not delay storing earlier ones.
        """
        try:
            async with asyncio.timeout(None if waits else BATCH_WAIT_SECONDS):
                return False, await self._fetched.get()
        except TimeoutError:
            return True, None

    async def _store(self, waiting: list[Batch]) -> bool:
        voices = [voice for one in waiting for voice in one.voices]
        batch = Batch(voices, waiting[0].position, waiting[0].asked_at)
        pages = self.run.pages + len(waiting)
        for _ in waiting:
            self._free_pages.release()
        return await in_orm_thread(steps.store_pages, self.run, self.context, batch, pages=pages)


KIND = JobKind(
    model=SyncRun,
    load=lambda: SyncRun.objects.select_related("team", "account", "wanted_by"),
    run=run,
    crashed=steps.crashed,
    release=steps.put_off,
    slots=2,  # each keeps the database thread busy
)
