"""Samples of slots and storage for the dashboard: they take seconds in a large library, so the worker takes them."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from voices.models import (
    AltheaAccount,
    CloneJob,
    PreviewFile,
    Sample,
    SlotSample,
    StorageSample,
    SyncRun,
    Team,
    Voice,
)

EVERY = timedelta(hours=1)
MAX_TEAMS_PER_ROUND = 5  # per round: a large library takes a while


def take_samples(*, now: datetime) -> int:
    """Take samples for teams whose last one is an hour old, or older than a clone or a sync. Return how many."""
    # A sample from the future was taken before the clock was set back.
    past = StorageSample.objects.filter(team=OuterRef("pk"), taken_at__lte=now)
    last = Subquery(past.order_by("-taken_at").values("taken_at")[:1])
    teams = Team.objects.filter(deleted_at=None).annotate(counted_at=last)
    oldest_first = teams.order_by(F("counted_at").asc(nulls_first=True))
    due = list(
        islice((team for team in oldest_first if _is_due(team, team.counted_at, now)), MAX_TEAMS_PER_ROUND)
    )
    for team in due:
        sample_slots(team, now=now)
        sample_storage(team, now=now)
    return len(due)


def _is_due(team: Team, counted_at: datetime | None, now: datetime) -> bool:
    if counted_at is None or counted_at <= now - EVERY:
        return True
    since = {"team": team, "ended_at__gt": counted_at, "ended_at__lte": now}
    return any(model.objects.filter(**since).exists() for model in (CloneJob, SyncRun))


def sample_slots(team: Team, *, now: datetime) -> None:
    """Store the used slots of each of the team's accounts: voices, and clones in progress."""
    ours = [Exists(model.objects.filter(team=team, account=OuterRef("pk"))) for model in (Voice, SyncRun)]
    accounts = AltheaAccount.objects.filter(ours[0] | ours[1])
    voices = _counted(Voice.objects.available().custom().filter(account__in=accounts), "voice_id")
    jobs = _counted(CloneJob.objects.live().filter(account__in=accounts), "pk")
    samples = [
        SlotSample(
            team=team, account=account, day=now.date(), allowed=account.allowed_voices, taken_at=now,
            used=voices.get(account.pk, 0) + jobs.get(account.pk, 0),
        )
        for account in accounts
    ]  # fmt: skip
    SlotSample.objects.bulk_create(
        samples,
        update_conflicts=True,
        unique_fields=["team", "day", "account"],
        update_fields=["used", "allowed", "taken_at"],
    )


def _counted(rows: QuerySet[Any], column: str) -> dict[Any, int]:
    # Distinct: two teams that use the same account have a row each for the same voice.
    return dict(rows.order_by().values_list("account").annotate(number=Count(column, distinct=True)))


def sample_storage(team: Team, *, now: datetime) -> None:
    """Store the bytes used by the team's recordings (as uploaded and as sent) and previews."""
    recordings = Sample.objects.filter(team=team).aggregate(
        received=Sum("size_bytes", default=0),
        sent=Sum("sent_size_bytes", default=0, filter=~Q(original="")),
    )
    previews = PreviewFile.objects.filter(voice__team=team).aggregate(all=Sum("size_bytes", default=0))
    StorageSample.objects.bulk_create(
        [
            StorageSample(
                team=team, day=now.date(), taken_at=now, preview_bytes=previews["all"],
                recording_bytes=recordings["received"] + recordings["sent"],
            )
        ],
        update_conflicts=True,
        unique_fields=["team", "day"],
        update_fields=["recording_bytes", "preview_bytes", "taken_at"],
    )  # fmt: skip
