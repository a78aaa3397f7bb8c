"""Count the clones that ended before 0025_daily_figures, by day. Nothing is changed on the way back."""

import math
from collections import Counter
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

GROWTH, LAST = 1.1, 160
FACTS = ("team", "state", "problem", "created_at", "ended_at")


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Count all clone jobs that have ended."""
    clones, times = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    jobs = apps.get_model("voices", "CloneJob").objects.exclude(ended_at=None)
    ended = jobs.filter(state__in=["created", "failed", "cancelled"])
    for team, state, problem, created_at, ended_at in ended.values_list(*FACTS).iterator():
        clones[team, ended_at.date(), state, problem if state == "failed" else ""] += 1
        if state == "created":
            times[team, ended_at.date(), bucket_of((ended_at - created_at).total_seconds())] += 1
    daily_clones, daily_times = (apps.get_model("voices", name) for name in ("DailyClones", "DailyCloneTimes"))
    daily_clones.objects.bulk_create(
        [
            daily_clones(team_id=team, day=day, outcome=outcome, reason=reason, count=count)
            for (team, day, outcome, reason), count in clones.items()
        ],
        batch_size=500,
    )
    daily_times.objects.bulk_create(
        [
            daily_times(team_id=team, day=day, bucket=bucket, count=count)
            for (team, day, bucket), count in times.items()
        ],
        batch_size=500,
    )


def bucket_of(seconds: float) -> int:
    """Return the number of the bucket: each begins at a tenth more than the one before."""
    return min(LAST, int(math.log(seconds) / math.log(GROWTH))) if seconds > 1 else 0


class Migration(migrations.Migration):
    dependencies = [("voices", "0028_worker_processes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
