"""What the dashboard reads of past days: counted as it happens, and equal to a recount."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from tests.base import Cast
from tests.builders import make_account, make_job, make_key, make_preview, make_sample, make_voice
from tests.kit.fakes import FakeClock
from voices.actions.clone.submit import cancel_clone, retry_clone
from voices.actions.figures.recount import differences, recount_clones
from voices.actions.figures.samples import take_samples
from voices.actions.voice.plays import record_play
from voices.models import (
    CloneJob,
    DailyClones,
    DailyCloneTimes,
    DailyPlays,
    SlotSample,
    State,
    StorageSample,
    SyncRun,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = date(2026, 11, 3)


def counts() -> set[tuple[date, str, str, int]]:
    return set(DailyClones.objects.values_list("day", "outcome", "reason", "count"))
