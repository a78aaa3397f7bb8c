"""The row is the queue: a worker claims due rows under a lease, by a conditional UPDATE, and no broker is needed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import Case, F, Q, When

from voices.kit.origin import current_request_id

# Longer than any wait or lease: a time further ahead was written before the clock was set back.
MAX_AHEAD = timedelta(minutes=15)

Row = TypeVar("Row", bound="LeasedRow")


class LeasedQuerySet(models.QuerySet[Row]):
    """Claiming and renewing rows. A count of 0 means that someone else won; it is not an error."""

    def live(self) -> Self:
        """Return the rows that have not ended."""
        return self.filter(state__in=self.model.LIVE_STATES)

    def ended(self) -> Self:
        """Return the rows that have."""
        return self.exclude(state__in=self.model.LIVE_STATES)

    def due(self, now: datetime) -> Self:
        """Return the rows whose time has come and that nobody holds."""
        return self.filter(due_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lt=now))

    def claim(
        self, *, worker_id: str, now: datetime, seconds: float, limit: int, order: str = "due_at"
    ) -> list[Any]:
        """Claim due rows for a worker until now + seconds and return their ids; each goes to one worker only.

        PostgreSQL skips rows that others are claiming; on SQLite the IMMEDIATE transaction serialises claims.
        A lease that ran out means that its worker died: it is counted, as a row that kills its workers must end.
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
        """Extend the leases that the worker still holds until now + seconds, and return how many these are.

        A row released a moment ago stays free: holding it again would delay its next try by a whole lease.
        """
        held = self.filter(pk__in=ids, lease_holder=worker_id).exclude(lease_until=None)
        return held.update(lease_until=now + timedelta(seconds=seconds))

    def pull_back(self, *, now: datetime, seconds: float) -> int:
        """Bring live rows back whose times a clock that was set back has left far ahead. Return how many there were.

        They are due now. A lease gets its usual length from now on, as its worker may live and renew it: taking the
        row from it would do the work twice.
        """
        ahead = now + MAX_AHEAD
        late = self.live().filter(due_at__gt=ahead).update(due_at=now)
        held = self.live().filter(lease_until__gt=ahead).update(lease_until=now + timedelta(seconds=seconds))
        return late + held


class LeasedRow(models.Model):
    """A row that a worker takes up when it is due; `lease_until` in the past means that its worker died.

    A subclass has a column `state` and says in which states something is still going to happen.
    """

    LIVE_STATES: ClassVar[tuple[str, ...]]

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=80, blank=True)
    crashes = models.PositiveSmallIntegerField(default=0)
    # Of the request, or of the request's job, that this row was made in: log lines and history of the work carry it.
    request_id = models.CharField(max_length=32, blank=True, editable=False, default=current_request_id)
    state: Any

    class Meta:
        abstract = True

    @property
    def is_live(self) -> bool:
        """Whether something is still going to happen by itself."""
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
