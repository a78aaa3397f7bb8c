"""A kind of job: which rows it has, how many run at a time, and how one is run, put off and released."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

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
    """The resources of a running job: HTTP connections, the worker's context, and clients for stored keys."""

    http: HttpClients
    context: WorkerContext
    connect: Connect = gateway.client_for
    # Decoding uses a core for half a second; one at a time leaves the others to the calls to Althea.
    decoders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def client(self, key: ApiKey) -> AltheaClient:
        """Return a client that uses this stored key. Raises SealError."""
        return self.connect(self.http, key)


def release_row(row: LeasedRow, context: WorkerContext) -> bool:
    """Release a row for the next worker. Return False if someone else holds it by now."""
    return row.update_if_held(context.worker_id, lease_until=None)


@dataclass(frozen=True, kw_only=True)
class JobKind(Generic[Row]):
    """A kind of job: `run` is a coroutine function, the others are called in the database thread.

    `slots` limits how many of the worker's slots it may use; None is no limit. While a row of an urgent kind is due, no
    others are claimed. After a row of an awaited kind, which people wait for, the worker polls more often.
    """

    model: type[Row]
    load: Callable[[], QuerySet[Row]]  # with everything that `run` reads
    run: Callable[[Row, Runtime], Awaitable[None]]  # takes a claimed row as far as it goes now
    crashed: Callable[[Row, WorkerContext], object]  # puts a row off after an internal error
    release: Callable[[Row, WorkerContext], object] = (
        release_row  # called for the rows that a stopping worker still holds
    )
    slots: int | None = None
    newest_first: bool = False
    is_urgent: bool = False
    is_awaited: bool = False

    @property
    def name(self) -> str:
        """The name of the kind in the log."""
        return self.model.__name__

    @property
    def _rows(self) -> LeasedQuerySet[Any]:
        rows: LeasedQuerySet[Any] = self.model._default_manager.all()  # type: ignore[assignment]  # of each leased model
        return rows

    def claim(self, context: WorkerContext, limit: int) -> list[Row]:
        """Claim up to `limit` due rows and load them."""
        live, now = self._rows.live(), context.now()
        # A read first: an idle worker polls many times a second and must not take SQLite's write lock each time.
        if limit <= 0 or not live.due(now).exists():
            return []
        ids = live.claim(
            worker_id=context.worker_id, now=now, seconds=context.policy.lease, limit=limit,
            order="-due_at" if self.newest_first else "due_at",
        )  # fmt: skip
        return list(self.load().filter(pk__in=ids).order_by("due_at")) if ids else []

    def renew(self, context: WorkerContext, rows: Sequence[Row]) -> int:
        """Extend the leases of these rows, and return how many the worker still holds."""
        return self._rows.renew(
            worker_id=context.worker_id, ids=[row.pk for row in rows], now=context.now(),
            seconds=context.policy.lease,
        )  # fmt: skip

    def pull_back(self, context: WorkerContext) -> int:
        """Make rows due that a clock set back has left far in the future. Return how many."""
        return self._rows.pull_back(now=context.now(), seconds=context.policy.lease)
