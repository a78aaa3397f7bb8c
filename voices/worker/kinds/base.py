"""What a kind of job is to the worker: which rows, how many at a time, and what to do with one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import QuerySet

from voices import gateway
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient, HttpClients
from voices.models import ApiKey
from voices.models.leases import LeasedQuerySet, LeasedRow

Row = TypeVar("Row", bound=LeasedRow)
Connect = Callable[[HttpClients, ApiKey], AltheaClient]


@dataclass(frozen=True)
class Runtime:
    """What a running job may use: connections, the worker's context, and how a key becomes a client."""

    http: HttpClients
    context: WorkerContext
    connect: Connect = gateway.client_for
    # Decoding takes a core for half a second; one at a time leaves the calls to Althea theirs.
    decoders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def client(self, key: ApiKey) -> AltheaClient:
        """Return a client that speaks with this stored key. Raises SealError."""
        return self.connect(self.http, key)


@dataclass(frozen=True, kw_only=True)
class JobKind(Generic[Row]):
    """A kind of job. All but `run` are plain functions, called in the database thread.

    `slots` are how many of the worker's slots may be taken; None: all. Rows of an urgent kind are claimed first, and
    while one was due no others are. After a row of a kind that people wait for, the worker asks for work more often.
    """

    name: str
    live: Callable[[], LeasedQuerySet[Row]]  # the rows that a worker may claim once they are due
    load: Callable[[], QuerySet[Row]]  # with all that `run` reads
    run: Callable[[Row, Runtime], Awaitable[None]]  # takes a claimed row as far as it goes now
    crashed: Callable[[Row, WorkerContext], object]  # puts a row off after an error of our own
    release: Callable[[Row, WorkerContext], object]  # hands back what a stopping worker still holds
    slots: int | None = None
    newest_first: bool = False
    is_urgent: bool = False
    is_awaited: bool = False

    def claim(self, context: WorkerContext, limit: int) -> list[Row]:
        """Claim due rows, at most so many, and load them."""
        rows, now = self.live(), context.now()
        # A plain look first: an idle worker asks many times a second and must not take SQLite's write lock for it.
        if limit <= 0 or not rows.due(now).exists():
            return []
        ids = rows.claim(
            worker_id=context.worker_id, now=now, seconds=context.policy.lease, limit=limit,
            order="-due_at" if self.newest_first else "due_at",
        )  # fmt: skip
        return list(self.load().filter(pk__in=ids).order_by("due_at")) if ids else []

    def renew(self, context: WorkerContext, rows: list[Row]) -> int:
        """Extend the leases of these rows. Return how many the worker still holds."""
        ids = [row.pk for row in rows]
        return self.live().model._default_manager.renew(  # type: ignore[attr-defined]  # each leased model has one
            worker_id=context.worker_id, ids=ids, now=context.now(), seconds=context.policy.lease
        )
