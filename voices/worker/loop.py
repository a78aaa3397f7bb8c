"""The worker: claims due rows, runs up to 250 of them at once on one event loop, and stops cleanly."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connections

from voices.actions import files
from voices.actions.bulk import steps as bulk_steps
from voices.actions.bulk import submit as bulk
from voices.actions.clone import samples, steps
from voices.actions.clone.steps import WorkerContext
from voices.actions.sync import runs as sync_runs
from voices.actions.sync import steps as sync_steps
from voices.kit.clock import Clock
from voices.models import BulkRun, CloneJob, PreviewFile, SyncRun
from voices.worker import queue
from voices.worker.handlers import Handlers
from voices.worker.threads import in_orm_thread

logger = logging.getLogger(__name__)
# How long a person waits for the worker to notice a new job: short while it is in use, since people clone in
# bouts; longer after 30 s without any, where asking 20 times a second took 5 % of a core (measured).
IDLE_SECONDS, DROWSY_SECONDS, AWAKE_SECONDS = 0.05, 0.25, 30.0
SWEEP_SECONDS = 60.0
PREVIEW_SLOTS = 8
BULK_SLOTS = SYNC_SLOTS = 2  # each keeps the database thread busy while it runs

Row = CloneJob | PreviewFile | SyncRun | BulkRun


@dataclass
class Worker:
    """A worker of `slots` jobs at a time. `run` returns when `stop` is set and the work is done or handed back."""

    handlers: Handlers
    clock: Clock
    context: WorkerContext
    slots: int = 250
    grace_seconds: float = 4.0
    running: dict["asyncio.Task[None]", Row] = field(default_factory=dict)
    busy_at: float = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        upkeep = [asyncio.create_task(self._renew_leases()), asyncio.create_task(self._sweep())]
        while not stop.is_set():
            if not await self._claim():
                await self._rest(stop)
        await self._finish()
        for task in upkeep:
            task.cancel()

    async def run_until_idle(self) -> None:
        """Works until nothing is due and nothing runs; for tests and one-off runs."""
        while await self._claim() or self.running:
            await asyncio.gather(*self.running, return_exceptions=True)

    async def _claim(self) -> int:
        """How many rows were taken up: 0 means rest, anything else go on at once."""
        try:
            claimed = await in_orm_thread(queue.claim, self.context, **self._room())
        except Error:
            # The database may be away for a while; the loop must outlive it. Not only DatabaseError: a closed
            # connection is an InterfaceError, which is none.
            logger.exception("Claiming failed")
            await in_orm_thread(connections.close_all)
            return 0
        if claimed.jobs or claimed.previews:
            self.busy_at = self.clock.monotonic()
        for job in claimed.jobs:
            self._start(job, self.handlers.clone(job))
        for row in claimed.previews:
            self._start(row, self.handlers.preview(row))
        for run in claimed.syncs:
            self._start(run, self.handlers.sync(run))
        for change in claimed.bulks:
            self._start(change, self.handlers.bulk(change))
        return len(claimed.jobs) + len(claimed.previews) + len(claimed.syncs) + len(claimed.bulks)

    def _room(self) -> dict[str, int]:
        """How many rows of each kind may be taken up."""
        clones = self.slots - len(self.running)
        kinds = {
            "previews": (PreviewFile, PREVIEW_SLOTS),
            "syncs": (SyncRun, SYNC_SLOTS),
            "bulks": (BulkRun, BULK_SLOTS),
        }
        taken = {
            name: sum(isinstance(row, kind) for row in self.running.values())
            for name, (kind, _) in kinds.items()
        }
        return {"clones": clones} | {
            name: min(clones, slots - taken[name]) for name, (_, slots) in kinds.items()
        }

    def _start(self, row: Row, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(row, work))
        self.running[task] = row
        task.add_done_callback(self.running.pop)

    async def _guarded(self, row: Row, work: Coroutine[Any, Any, None]) -> None:
        """A poison row is put off, and never stops the loop."""
        try:
            await work
        except Exception:
            logger.exception("Handling %s %s failed", type(row).__name__, row.pk)
            try:
                await self.handlers.crashed(row)
            except Exception:
                # Its lease runs out, then it is claimed again.
                logger.exception("Putting off %s %s failed", type(row).__name__, row.pk)

    async def _rest(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._nap()):
                await stop.wait()
        except TimeoutError:
            return

    def _nap(self) -> float:
        is_awake = self.clock.monotonic() - self.busy_at < AWAKE_SECONDS
        return IDLE_SECONDS if is_awake else DROWSY_SECONDS

    async def _renew_leases(self) -> None:
        while True:
            await self.clock.sleep(self.context.policy.lease / 3)
            rows = list(self.running.values())
            try:
                await in_orm_thread(queue.renew, self.context, rows)
            except Exception:
                # Whatever it was, a worker that stops renewing would lose all its rows.
                logger.exception("Renewing leases failed")

    async def _sweep(self) -> None:
        while True:
            try:
                await in_orm_thread(_sweep_once, self.context)
            except Exception:
                # The storage has errors of its own kind (S3); the next minute may be better.
                logger.exception("Sweeping failed")
            await self.clock.sleep(SWEEP_SECONDS)

    async def _finish(self) -> None:
        """Lets the calls under way end for a few seconds, then hands back what is left."""
        if not self.running:
            return
        await asyncio.wait(list(self.running), timeout=self.grace_seconds)
        if not (left := dict(self.running)):
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left)
        for row in left.values():
            try:
                await self._hand_back(row)
            except Error:
                # Its lease runs out, then another worker takes it up.
                logger.exception("Handing back %s %s failed", type(row).__name__, row.pk)

    async def _hand_back(self, row: Row) -> None:
        if isinstance(row, CloneJob):
            job = await in_orm_thread(queue.reload_job, row.pk)
            await in_orm_thread(steps.release, job, self.context)
        elif isinstance(row, SyncRun):
            await in_orm_thread(sync_steps.put_off, row, self.context)
        elif isinstance(row, BulkRun):
            await in_orm_thread(bulk_steps.put_off, row, self.context)
        else:
            await in_orm_thread(queue.release_preview, self.context, row.pk)


def _sweep_once(context: WorkerContext) -> None:
    close_old_connections()
    # First: what follows may fail with the storage.
    sync_runs.schedule_syncs(now=context.now(), hours=settings.SYNC_HOURS)
    sync_runs.forget_old_runs(now=context.now())
    bulk.forget_old_bulk_runs(now=context.now())
    samples.sweep_loose_samples(now=context.now())
    samples.sweep_upload_folder(now=context.now())
    files.sweep_strays(now=context.now())
