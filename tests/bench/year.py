"""A year for the dashboard: so many ended clones, and what is counted of each day."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tests.bench.seed import first_key, first_member
from voices.actions.figures.recount import recount_clones
from voices.actions.figures.samples import take_samples
from voices.models import (
    CloneJob,
    DailyCalls,
    DailyPlays,
    Sample,
    SlotSample,
    State,
    StorageSample,
    SyncRun,
    SyncState,
    Voice,
    insert_rows,
)

DAYS, BATCH, PLAYED = 365, 1_000, 100  # voices played a day at most
PROBLEMS = ("limit_reached", "name_taken", "not_sent", "invalid", "key_refused", "unknown")


def add_year_of_jobs(count: int) -> None:
    """Add clones that ended in the last year, and the counts and samples of each of its days."""
    dice, now = random.Random(count), timezone.now()
    member, key = first_member(), first_key()
    sample = Sample.objects.create(
        team=member.team, filename="take.wav", sha256="0" * 64, size_bytes=1, sent_sha256="0" * 64,
        sent_size_bytes=1, container="wav", seconds=1, rate=16_000, channels=1, finding={}, used_at=now,
    )  # fmt: skip
    shared = {
        "team_id": member.team_id,
        "actor_id": member.user_id,
        "key_id": key.pk,
        "account_id": key.account_id,
    }
    rows = list(_ended(dice, count, now))
    for first in range(0, count, BATCH):
        insert_rows(CloneJob, rows[first : first + BATCH], sample_id=sample.pk, **shared)
    recount_clones(now=now)
    _add_days(dice, count, now)
    take_samples(now=now)


def _ended(dice: random.Random, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(count):
        created = now - timedelta(days=dice.uniform(0, DAYS - 1))
        state = State.FAILED if number % 12 == 0 else State.CREATED
        yield {
            "id": UUID(int=dice.getrandbits(128), version=4),
            "form_token": UUID(int=dice.getrandbits(128), version=4),
            "name": f"Clone {number}", "state": state, "created_at": created, "due_at": created,
            "ended_at": created + timedelta(seconds=dice.lognormvariate(3, 0.6)),
            "problem": dice.choice(PROBLEMS) if state == State.FAILED else "",
            # What failed lately has been read by nobody: 100,000 a year are some 20 of them.
            "dismissed_at": now if now - created > timedelta(days=1) else None,
        }  # fmt: skip


def _add_days(dice: random.Random, count: int, now: datetime) -> None:
    member, key = first_member(), first_key()
    voices = list(Voice.objects.of_team(member.team).order_by("pk")[: min(count, 5_000)])
    for age in range(1, DAYS):  # today is the worker's
        day = now.date() - timedelta(days=age)
        chosen = dice.sample(voices, k=min(len(voices), PLAYED * count // 100_000 + 1))
        for model in (DailyPlays, DailyCalls):
            model.objects.bulk_create(
                [
                    model(team=member.team, voice=voice, day=day, count=dice.randrange(1, 9))
                    for voice in chosen
                ]
            )
        SlotSample.objects.create(
            team=member.team, account_id=key.account_id, day=day, used=DAYS - age, allowed=900, taken_at=now
        )
        StorageSample.objects.create(
            team=member.team, day=day, recording_bytes=1_000 * count, preview_bytes=500 * count,
            taken_at=now - timedelta(days=age),
        )  # fmt: skip
    run = {"state": SyncState.DONE, "due_at": now, "ended_at": now}
    for _ in range(100):
        SyncRun.objects.create(team=member.team, account_id=key.account_id, **run)
