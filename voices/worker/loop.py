"""The worker: claims due rows, runs up to 250 of them at once on one event loop, and stops cleanly."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connections

from voices.actions.work import WorkerContext
from voices.actions.workers import mark_alive, mark_stopped
from voices.kit.clock import Clock
from voices.kit.metrics import JOBS_ENDED
from voices.kit.origin import Origin, coming_from
from voices.models.leases import LeasedRow
from voices.worker.kinds import KINDS
from voices.worker.kinds.base import JobKind, Runtime
from voices.worker.threads import in_orm_thread
from voices.worker.upkeep import run_upkeep

logger = logging.getLogger(__name__)
# How long a person waits for the worker to notice a new job: short while it is in use, since people clone in bouts;
# longer after 30 s without any, where asking 20 times a second took 5 % of a core (measured).
BUSY_POLL_SECONDS, IDLE_POLL_SECONDS, BUSY_FOR_SECONDS = 0.05, 0.25, 30.0
UPKEEP_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
# The longest pause while the database is unavailable, and so the longest delay after its return.
MAX_PAUSE_SECONDS = 5.0

Kind = JobKind[Any]
Job = tuple[Kind, LeasedRow]


@dataclass
class Worker:
    """A worker of up to `slots` concurrent jobs. `run` returns once `stop` is set and all work is done or released."""

    runtime: Runtime
    clock: Clock
    slots: int = 250
    grace_seconds: float = 4.0
    kinds: Sequence[Kind] = KINDS
    running: dict["asyncio.Task[None]", Job] = field(default_factory=dict)
    busy_at: float = float("-inf")
    failures: int = 0  # of claims in a row

    @property
    def context(self) -> WorkerContext:
        """The worker's context."""
        return self.runtime.context

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        background = [
            asyncio.create_task(one())
            for one in (self._send_heartbeats, self._renew_leases, self._run_upkeep)
        ]
        while not stop.is_set():
            if not await self._claim():
                await self._pause(stop)
        await self._finish()
        for task in background:
            task.cancel()
        await self._mark_stopped()

    async def run_until_idle(self) -> None:
        """Work until nothing is due and nothing runs; for tests and one-off runs."""
        while await self._claim() or self.running:
            await asyncio.gather(*self.running, return_exceptions=True)

    async def _claim(self) -> int:
        """Claim and start due jobs. Return how many; 0 means that the loop should pause."""
        try:
            jobs = await in_orm_thread(claim, self.kinds, self.context, self._capacity())
        except Error as problem:
            # The database may be unavailable for a while; the loop must outlive that. Not only DatabaseError: a closed
            # connection is an InterfaceError, which is none.
            await self._claim_failed(problem)
            return 0
        if self.failures:
            logger.warning("Claiming works again, after %d failures", self.failures)
            self.failures = 0
        if any(kind.is_awaited for kind, _ in jobs):
            self.busy_at = self.clock.monotonic()
        for kind, row in jobs:
            self._start(kind, row)
        return len(jobs)

    async def _claim_failed(self, problem: Error) -> None:
        self.failures += 1
        # At the 1st, 2nd, 4th, 8th ... time: enough to see it in the log, too little to fill the disk with it.
        if self.failures.bit_count() == 1:
            logger.error("Claiming failed, %d in a row: %s", self.failures, problem)
        await in_orm_thread(connections.close_all)

    def _capacity(self) -> list[int]:
        """Return how many rows of each kind may be claimed."""
        free = self.slots - len(self.running)
        taken = [sum(one is kind for one, _ in self.running.values()) for kind in self.kinds]
        return [
            free if kind.slots is None else min(free, kind.slots - count)
            for kind, count in zip(self.kinds, taken, strict=True)
        ]

    def _start(self, kind: Kind, row: LeasedRow) -> None:
        if self._is_running(kind, row):
            return  # the clock was set forward and its lease ran out; the claim has renewed it
        task = asyncio.create_task(self._run_with_origin(kind, row))
        self.running[task] = (kind, row)
        task.add_done_callback(self.running.pop)

    def _is_running(self, kind: Kind, row: LeasedRow) -> bool:
        return any(
            one is kind and held.pk == row.pk and not task.done()
            for task, (one, held) in self.running.items()
        )

    async def _run_with_origin(self, kind: Kind, row: LeasedRow) -> None:
        """Run a job under the request id of its row."""
        with coming_from(Origin(request_id=row.request_id)):
            await self._run(kind, row)

    async def _run(self, kind: Kind, row: LeasedRow) -> None:
        """Run a job. One that raises is put off; no error stops the loop."""
        try:
            await kind.run(row, self.runtime)
            if not row.is_live:
                JOBS_ENDED.labels(kind.name, row.state).inc()
        except Exception:
            logger.exception("Running %s %s failed", kind.name, row.pk)
            try:
                await in_orm_thread(kind.crashed, row, self.context)
            except Exception:
                # Its lease runs out, then it is claimed again.
                logger.exception("Putting off %s %s failed", kind.name, row.pk)

    async def _pause(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self.pause_seconds):
                await stop.wait()
        except TimeoutError:
            return

    @property
    def pause_seconds(self) -> float:
        """The delay before the next claim: longer while idle or while the database is unavailable."""
        if self.failures:
            return min(IDLE_POLL_SECONDS * 2.0 ** min(self.failures, 10), MAX_PAUSE_SECONDS)
        is_busy = self.clock.monotonic() - self.busy_at < BUSY_FOR_SECONDS
        return BUSY_POLL_SECONDS if is_busy else IDLE_POLL_SECONDS

    async def _send_heartbeats(self) -> None:
        started_at = self.clock.now()
        while True:
            try:
                await in_orm_thread(
                    mark_alive, name=self.context.worker_id, started_at=started_at, now=self.clock.now()
                )
            except Exception:
                logger.exception("Writing that this worker works failed")
            await self.clock.sleep(HEARTBEAT_SECONDS)

    async def _mark_stopped(self) -> None:
        try:
            await in_orm_thread(mark_stopped, name=self.context.worker_id)
        except Error:
            logger.exception("Writing that this worker was stopped failed")

    async def _renew_leases(self) -> None:
        while True:
            await self.clock.sleep(self.context.policy.lease / 3)
            try:
                await in_orm_thread(renew, self.context, list(self.running.values()))
            except Exception:
                # Whatever it was, a worker that stops renewing would lose all its rows.
                logger.exception("Renewing leases failed")

    async def _run_upkeep(self) -> None:
        while True:
            try:
                await in_orm_thread(run_upkeep, self.context)
            except Error:
                logger.exception("Upkeep failed")
            await self.clock.sleep(UPKEEP_SECONDS)

    async def _finish(self) -> None:
        """Give running jobs a few seconds to end, then release the rest."""
        if not self.running:
            return
        await asyncio.wait(list(self.running), timeout=self.grace_seconds)
        if not (left := dict(self.running)):
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left)
        for kind, row in left.values():
            try:
                await in_orm_thread(kind.release, row, self.context)
            except Error:
                # Its lease runs out, then another worker claims it.
                logger.exception("Releasing %s %s failed", kind.name, row.pk)


def claim(kinds: Sequence[Kind], context: WorkerContext, capacity: Sequence[int]) -> list[Job]:
    """Claim due rows of each kind up to its capacity; of urgent kinds alone while any of them is due."""
    for is_urgent in (True, False):
        jobs = [
            (kind, row)
            for kind, limit in zip(kinds, capacity, strict=True)
            if kind.is_urgent is is_urgent
            for row in kind.claim(context, limit)
        ]
        if jobs:
            return jobs
    return []


def renew(context: WorkerContext, jobs: Sequence[Job]) -> None:
    """Extend the leases of these running jobs."""
    rows = defaultdict[type[LeasedRow], list[LeasedRow]](list)
    kinds = {kind.model: kind for kind, _ in jobs}
    for kind, row in jobs:
        rows[kind.model].append(row)
    for model, kind in kinds.items():
        kind.renew(context, rows[model])
