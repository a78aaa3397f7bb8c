"""The row is the queue: a worker claims due rows under a lease, by a conditional UPDATE, and no broker is needed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import Case, F, Q, When

from voices.kit.origin import current_request_id

# Longer than any lease and, unless a model says otherwise, any wait: a time further ahead was written before the clock
# was set back.
MAX_AHEAD = timedelta(minutes=15)

Row = TypeVar("Row", bound="LeasedRow")


@models.CharField.register_lookup
class OneOf(models.Lookup):
    """Whether a column has one of these constants, which are written into the statement.

    SQLite uses a partial index only if the values are known when it plans, not for parameters. Otherwise it would read
    all past jobs twenty times a second (160 ms for 100,000, measured).
    """

    lookup_name = "one_of"
    prepare_rhs = False  # names of our own states

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the comparison as an index's condition is written."""
        column, parameters = self.process_lhs(compiler, connection)
        literals = ", ".join(f"'{value}'" for value in self.rhs)
        return f"{column} IN ({literals})" if len(self.rhs) > 1 else f"{column} = {literals}", parameters


class LeasedQuerySet(models.QuerySet[Row]):
    """Claiming and renewing rows. A count of 0 means that someone else won; it is not an error."""

    def live(self) -> Self:
        """Return the rows that have not ended."""
        return self.filter(state__one_of=self.model.LIVE_STATES)

    def ended(self) -> Self:
        """Return the rows that have ended."""
        return self.exclude(state__in=self.model.LIVE_STATES)

    def due(self, now: datetime) -> Self:
        """Return the due rows that no worker holds."""
        return self.filter(due_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lt=now))

    def claim(
        self, *, worker_id: str, now: datetime, seconds: float, limit: int, order: str = "due_at"
    ) -> list[Any]:
        """Claim due rows for a worker until now + seconds and return their ids; each goes to one worker only.

        PostgreSQL skips rows that others are claiming; on SQLite the IMMEDIATE transaction serialises claims.
        An expired lease means that its worker died. That is counted, as a row that kills its workers must end.
        """
        crashes = F("crashes") + Case(When(lease_until=None, then=0), default=1)
        with transaction.atomic():
            rows = self.due(now).order_by(order).select_for_update(skip_locked=True)
            ids = list(rows.values_list("pk", flat=True)[:limit])
            if ids:
                claimed = self.model._default_manager.filter(pk__in=ids)
                claimed.update(
                    lease_holder=worker_id, lease_until=now + timedelta(seconds=seconds), crashes=crashes
                )
        return ids

    def renew(self, *, worker_id: str, ids: list[Any], now: datetime, seconds: float) -> int:
        """Extend the leases that the worker still holds until now + seconds. Return how many there are.

        A row that was just released stays free: leasing it again would delay its next attempt by a whole lease.
        """
        held = self.filter(pk__in=ids, lease_holder=worker_id).exclude(lease_until=None)
        return held.update(lease_until=now + timedelta(seconds=seconds))

    def pull_back(self, *, now: datetime, seconds: float) -> int:
        """Make live rows due that a clock set back has left far in the future. Return how many.

        A lease is shortened to its usual length instead, since its worker may be alive: taking its row would do the
        work twice.
        """
        ahead = now + MAX_AHEAD
        late = self.live().filter(due_at__gt=now + self.model.LONGEST_WAIT).update(due_at=now)
        held = self.live().filter(lease_until__gt=ahead).update(lease_until=now + timedelta(seconds=seconds))
        return late + held


class LeasedRow(models.Model):
    """A row that a worker claims when it is due; `lease_until` in the past means that its worker died.

    A subclass has a column `state`, and lists in `LIVE_STATES` those that are not final.
    """

    LIVE_STATES: ClassVar[tuple[str, ...]]
    LONGEST_WAIT: ClassVar[timedelta] = MAX_AHEAD

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=80, blank=True)
    crashes = models.PositiveSmallIntegerField(default=0)
    # The id of the request in which, or in whose job, this row was created; log lines and audit entries have it.
    request_id = models.CharField(max_length=32, blank=True, editable=False, default=current_request_id)
    state: Any

    class Meta:
        abstract = True

    @property
    def is_live(self) -> bool:
        """Whether a worker will still process it."""
        return self.state in self.LIVE_STATES

    def update_if_held(self, worker_id: str, *conditions: Q, **columns: Any) -> bool:
        """Update the live row while that worker holds its lease. Return False, with nothing changed, if it does not.

        Someone else won then: another worker after the lease ran out, or a person who cancelled.
        """
        live: LeasedQuerySet[Any] = type(self)._default_manager.live()  # type: ignore[attr-defined]  # its queryset's
        held = live.filter(*conditions, pk=self.pk, lease_holder=worker_id).exclude(lease_until=None)
        return self._update_one(held, columns)

    def _update_one(self, rows: models.QuerySet[Any], columns: dict[str, Any]) -> bool:
        if rows.update(**columns) != 1:
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True
