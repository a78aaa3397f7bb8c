"""Recounting the clone jobs: the daily counts, which `CloneJob.move` maintains, must equal the result."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from django.db import connection, transaction

from voices.models import ENDED, CloneEnd, CloneJob, DailyClones, DailyCloneTimes

FACTS = ("team", "state", "problem", "created_at", "ended_at")
TABLES: dict[type[DailyClones] | type[DailyCloneTimes], tuple[str, ...]] = {
    DailyClones: ("team_id", "day", "outcome", "reason"),
    DailyCloneTimes: ("team_id", "day", "bucket"),
}
Model = type[DailyClones] | type[DailyCloneTimes]
Differences = Counter[tuple[Model, tuple[Hashable, ...]]]


def recount_clones() -> int:
    """Correct every daily count that differs from the jobs. Return how many did."""
    with transaction.atomic():
        _wait_for_writers()
        found = differences()
        for (model, key), number in found.items():
            model.objects.add(number, **dict(zip(TABLES[model], key, strict=True)))
        for model in TABLES:
            model.objects.filter(count=0).delete()
    return len(found)


def differences() -> Differences:
    """Return by how much each stored count is too low, without the correct ones."""
    found: Differences = Counter()
    jobs = CloneJob.objects.clones().filter(state__in=ENDED).exclude(ended_at=None)
    for facts in jobs.values_list(*FACTS).iterator():
        found.update(_keys(CloneEnd.of(*facts)))
    for model, columns in TABLES.items():
        for *key, number in model.objects.values_list(*columns, "count").iterator():
            found[model, tuple(key)] -= number
    return Counter({key: number for key, number in found.items() if number})


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
