"""Daily counts for the dashboard, maintained as things happen instead of counted for every view."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import F

from voices.kit.time_buckets import bucket_of
from voices.models.keys import AltheaAccount
from voices.models.people import Team

Row = TypeVar("Row", bound=models.Model)
SHOWN_DAYS = 3 * 366  # the longest period of the dashboard
KEPT_DAYS = SHOWN_DAYS + 31  # also if a clock was ahead


def first_kept_day(now: datetime) -> date:
    """Return the first day whose figures are kept; those of earlier days are deleted."""
    return now.date() - timedelta(days=KEPT_DAYS)


class CountQuerySet(models.QuerySet[Row]):
    """Counters: rows with a `count` for each combination of the other columns."""

    def add(self, number: int, **key: Any) -> None:
        """Add to the counter of that key, creating it if missing; call it in the transaction of the counted event.

        It is safe under concurrency: the row of a key is created once, and incremented by UPDATE.
        """
        rows = self.filter(**key)
        if not rows.update(count=F("count") + number):
            self.bulk_create([self.model(**key, count=0)], ignore_conflicts=True)
            rows.update(count=F("count") + number)

    def store(self, counts: Mapping[tuple[Any, ...], int], columns: Sequence[str]) -> None:
        """Store these counts in place of others; each key has the values of all columns but the count."""
        rows = [self.model(**dict(zip(columns, key, strict=True)), count=counts[key]) for key in counts]
        self.bulk_create(rows, update_conflicts=True, unique_fields=columns, update_fields=["count"])


class DailyClones(models.Model):
    """The number of a team's clones that ended on a day (in UTC), by state and reason.

    From the first retained day on, `CloneJob.move` keeps it equal to a count of the clone jobs
    (`actions/figures/recount.py`): a failed clone that is retried is subtracted.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    count = models.IntegerField(default=0)

    objects: ClassVar[CountQuerySet["DailyClones"]] = CountQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "day", "outcome", "reason"], name="one_count_of_clones"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}"


class DailyCloneTimes(models.Model):
    """The number of voices created on a day, by the time from submit to created (`kit/time_buckets.py`)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    bucket = models.PositiveSmallIntegerField()
    count = models.IntegerField(default=0)

    objects: ClassVar[CountQuerySet["DailyCloneTimes"]] = CountQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "day", "bucket"], name="one_count_of_times"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.bucket}"


@dataclass(frozen=True)
class CloneEnd:
    """How a clone ended. `seconds` is its duration if it was created."""

    team_id: Any
    day: date
    outcome: str
    reason: str
    seconds: float | None = None

    @classmethod
    def of(
        cls, team_id: Any, outcome: str, problem: str, created_at: datetime, ended_at: datetime
    ) -> "CloneEnd":
        """Return the end of a job with these columns."""
        if outcome == "created":
            return cls(team_id, ended_at.date(), outcome, "", (ended_at - created_at).total_seconds())
        return cls(team_id, ended_at.date(), outcome, problem if outcome == "failed" else "")

    @property
    def keys(self) -> Iterable[tuple[type[DailyClones] | type[DailyCloneTimes], dict[str, Any]]]:
        """The tables that count it, and its key in each."""
        day = {"team_id": self.team_id, "day": self.day}
        yield DailyClones, {**day, "outcome": self.outcome, "reason": self.reason}
        if self.seconds is not None:
            yield DailyCloneTimes, {**day, "bucket": bucket_of(self.seconds)}

    def count(self, number: int) -> None:
        """Add to the counts of its day."""
        for model, key in self.keys:
            model.objects.add(number, **key)


class SlotSample(models.Model):
    """The number of slots used in an account, as last counted on a day; `allowed` is null without a limit."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(AltheaAccount, on_delete=models.CASCADE, related_name="slot_samples")
    day = models.DateField()
    used = models.PositiveIntegerField()
    allowed = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "day", "account"], name="one_sample_of_slots"),
        ]

    def __str__(self) -> str:
        return f"{self.account} on {self.day}"


class StorageSample(models.Model):
    """The bytes of a team's recordings and previews, as last counted on a day."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    recording_bytes = models.PositiveBigIntegerField()
    preview_bytes = models.PositiveBigIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "day"], name="one_sample_of_storage")
        ]

    def __str__(self) -> str:
        return f"{self.team} on {self.day}"
