"""Recounting the clone jobs: the daily counts, which `CloneJob.move` maintains, must equal the result."""

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection, transaction

from voices.models import ENDED, CloneEnd, CloneJob, DailyClones, DailyCloneTimes, first_kept_day

FACTS = ("team", "state", "problem", "created_at", "ended_at")
TABLES: dict[type[DailyClones] | type[DailyCloneTimes], tuple[str, ...]] = {
    DailyClones: ("team_id", "day", "outcome", "reason"),
    DailyCloneTimes: ("team_id", "day", "bucket"),
}
Model = type[DailyClones] | type[DailyCloneTimes]
Counts = Counter[tuple[Model, tuple[Hashable, ...]]]


def recount_clones(*, now: datetime) -> int:
    """Correct every retained daily count that differs from the jobs. Return how many did."""
    since = first_kept_day(now)
    with transaction.atomic():
        _wait_for_writers()
        jobs = _count_jobs(since)
        found = _differences(jobs, since)
        for model, columns in TABLES.items():
            model.objects.store({key: jobs[of, key] for of, key in found if of is model}, columns)
            model.objects.filter(count=0).delete()
    return len(found)


def differences(*, now: datetime) -> Counts:
    """Return by how much each retained count is too low, without the correct ones."""
    since = first_kept_day(now)
    return _differences(_count_jobs(since), since)


def _differences(jobs: Counts, since: date) -> Counts:
    found = Counter(jobs)
    for model, columns in TABLES.items():
        kept = model.objects.filter(day__gte=since)
        for *key, number in kept.values_list(*columns, "count").iterator():
            found[model, tuple(key)] -= number
    return Counter({key: number for key, number in found.items() if number})


def _count_jobs(since: date) -> Counts:
    counts: Counts = Counter()
    ended = CloneJob.objects.clones().filter(state__in=ENDED)
    jobs = ended.filter(ended_at__gte=datetime.combine(since, time(), UTC))
    for facts in jobs.values_list(*FACTS).iterator():
        counts.update(_keys(CloneEnd.of(*facts)))
    return counts


def _keys(end: CloneEnd) -> Iterable[tuple[Model, tuple[Any, ...]]]:
    return [(model, tuple(key.values())) for model, key in end.keys]


def _wait_for_writers() -> None:
    """Lock the tables of counts against writers. SQLite has only one writer anyway.

    A move changes its job before the counts, so a move that still waits for these tables is not among the jobs yet.
    """
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in TABLES)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
