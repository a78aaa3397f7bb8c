"""Pruning: what was counted of days that no period of the dashboard shows any more is deleted."""

from datetime import datetime

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

TABLES = (DailyClones, DailyCloneTimes, DailyPlays, DailyCalls, SlotSample, StorageSample)
BATCH = 5_000  # in one transaction


def prune_figures(*, now: datetime) -> int:
    """Delete up to 5,000 old rows of each table and team. Return how many."""
    before, deleted = first_kept_day(now), 0
    for model in TABLES:
        # Team by team: every index begins with the team.
        teams = Team.objects.filter(
            Exists(model._default_manager.filter(team=OuterRef("pk"), day__lt=before))
        )
        for team in teams:
            old = model._default_manager.filter(team=team, day__lt=before).values("pk")[:BATCH]
            deleted += model._default_manager.filter(pk__in=old).delete()[0]
    return deleted
