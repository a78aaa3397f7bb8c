"""The row is the queue: due rows are claimed under a lease by a conditional UPDATE (healthchecks' sendalerts)."""

from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.db.models import Case, F, Q, When

Row = TypeVar("Row", bound="LeasedRow")


class LeasedQuerySet(models.QuerySet[Row]):
    """Claiming, keeping and giving back rows. A count of 0 means someone else won; it is not an error."""

    def due(self, now: datetime) -> Self:
        """Rows whose time has come and that nobody holds."""
        return self.filter(due_at__lte=now).filter(Q(lease_until=None) | Q(lease_until__lt=now))

    def claim(
        self, *, worker_id: str, now: datetime, seconds: float, limit: int, order: str = "due_at"
    ) -> list[Any]:
        """Ids now held by `holder` until now + seconds, oldest due first; each goes to one holder only.

        PostgreSQL skips rows that others are claiming; on SQLite the IMMEDIATE transaction serialises claims.
        A lease that ran out means that its worker died: counted, as a row that kills its workers must end.
        """
        crashes = F("crashes") + Case(When(lease_until=None, then=0), default=1)
        with transaction.atomic():
            rows = self.due(now).order_by(order).select_for_update(skip_locked=True)
            ids = list(rows.values_list("pk", flat=True)[:limit])
            if ids:
                held = self.model._default_manager.filter(pk__in=ids)
                held.update(
                    lease_holder=worker_id, lease_until=now + timedelta(seconds=seconds), crashes=crashes
                )
        return ids

    def renew(self, *, worker_id: str, ids: list[Any], now: datetime, seconds: float) -> int:
        """How many of these rows the holder still holds, now until now + seconds.

        A row let go a moment ago stays free: holding it again would delay its next try by a whole lease.
        """
        held = self.filter(pk__in=ids, lease_holder=worker_id).exclude(lease_until=None)
        return held.update(lease_until=now + timedelta(seconds=seconds))


class LeasedRow(models.Model):
    """A row that a worker takes up when it is due; `lease_until` in the past means that its worker died."""

    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_holder = models.CharField(max_length=80, blank=True)
    crashes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class LeasedRun(LeasedRow):
    """A wish that a worker carries out part by part; its manager's `live()` rows have not ended."""

    class Meta:
        abstract = True

    def take(self, *, worker_id: str, **facts: Any) -> bool:
        """Whether the row, still live and held by that worker, now has these facts; False: someone else won."""
        live: LeasedQuerySet[Any] = type(self)._default_manager.live()  # type: ignore[attr-defined]  # each run has one
        mine = live.filter(pk=self.pk, lease_holder=worker_id)
        if mine.exclude(lease_until=None).update(**facts) != 1:
            return False
        for name, value in facts.items():
            setattr(self, name, value)
        return True
