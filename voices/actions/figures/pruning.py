"""Pruning: what was counted of days that no period of the dashboard shows any more is deleted."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from voices.models import (
    DailyCalls,
    DailyClones,
    DailyCloneTimes,
    DailyPlays,
    SlotSample,
    StorageSample,
    Team,
    first_kept_day,
)

TABLES: tuple[type[Any], ...] = (
    DailyClones,
    DailyCloneTimes,
    DailyPlays,
    DailyCalls,
    SlotSample,
    StorageSample,
)
BATCH = 5_000  # in one transaction


def prune_figures(*, now: datetime) -> int:
    """Delete up to 5,000 old rows of each table and team. Return how many."""
    before, deleted = first_kept_day(now), 0
    for model in TABLES:
        # Team by team: every index begins with the team.
        teams = Team.objects.filter(Exists(model.objects.filter(team=OuterRef("pk"), day__lt=before)))
        for team in teams:
            old = model.objects.filter(team=team, day__lt=before).values("pk")[:BATCH]
            deleted += model.objects.filter(pk__in=old).delete()[0]
    return deleted
