"""What the dashboard reads of past days: counted as it happens, and equal to a count of the jobs."""

import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.base import Cast
from tests.builders import make_account, make_job, make_key, make_preview, make_sample, make_voice
from tests.models.at_once import at_once
from voices.actions.clone.submit import cancel_clone, retry_clone
from voices.actions.figures.pruning import prune_figures
from voices.actions.figures.recount import differences, recount_clones
from voices.actions.figures.samples import take_samples
from voices.actions.voice.plays import record_play
from voices.models import (
    CloneJob,
    DailyCalls,
    DailyClones,
    DailyCloneTimes,
    DailyPlays,
    SlotSample,
    State,
    StorageSample,
    SyncRun,
    SyncState,
    Team,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
DAY = date(2026, 11, 3)


@pytest.fixture
def common(cast: Cast) -> dict[str, Any]:
    """A key and a recording for all jobs: making them is what takes time."""
    return {"key": make_key(cast.ed), "sample": make_sample(cast.ed)}


def clone(cast: Cast, name: str, common: dict[str, Any], *, seconds: float = 20) -> CloneJob:
    """A job that was submitted so many seconds before noon."""
    job = make_job(cast.ed, name=name, **common)
    CloneJob.objects.filter(pk=job.pk).update(created_at=NOON - timedelta(seconds=seconds))
    job.refresh_from_db()
    return job


def counted() -> dict[tuple[date, str, str], int]:
    rows = DailyClones.objects.exclude(count=0).values_list("day", "outcome", "reason", "count")
    return {(day, outcome, reason): count for day, outcome, reason, count in rows}


def test_moves_count_each_end_for_its_day(cast: Cast, common: dict[str, Any]) -> None:
    for name, seconds in (("One", 20), ("Two", 300)):
        assert clone(cast, name, common, seconds=seconds).move(State.CREATED, ended_at=NOON)
    failed = clone(cast, "Three", common)
    assert failed.move(State.FAILED, ended_at=NOON, problem="invalid")
    cancel_clone(member=cast.ed, job=clone(cast, "Four", common), now=NOON + timedelta(days=1))
    assert counted() == {
        (DAY, "created", ""): 2,
        (DAY, "failed", "invalid"): 1,
        (date(2026, 11, 4), "cancelled", ""): 1,
    }
    # 1.1^31 = 19.2 s and 1.1^59 = 276.8 s are where their buckets begin.
    assert set(DailyCloneTimes.objects.values_list("bucket", "count")) == {(31, 1), (59, 1)}
    assert differences(now=NOON) == Counter()


def test_retry_takes_back_the_failure_that_is_stored(cast: Cast, common: dict[str, Any]) -> None:
    job = clone(cast, "One", common)
    job.move(State.FAILED, ended_at=NOON, problem="not_sent")
    page_of_yesterday = CloneJob.objects.with_parts().get(pk=job.pk)
    retry_clone(member=cast.ed, job=job, now=NOON)
    assert counted() == {}
    later = NOON + timedelta(days=2)
    job.move(State.FAILED, ended_at=later, problem="invalid")
    page_of_yesterday.problem = "not_sent"
    assert page_of_yesterday.move(State.READY, ended_at=None, problem="")
    assert counted() == {}
    assert differences(now=NOON) == Counter()


def test_move_that_loses_counts_nothing(cast: Cast, common: dict[str, Any]) -> None:
    job = clone(cast, "One", common)
    other = CloneJob.objects.get(pk=job.pk)
    assert job.move(State.CANCELLED, ended_at=NOON)
    assert not other.move(State.CREATED, ended_at=NOON)
    assert counted() == {(DAY, "cancelled", ""): 1}


def test_recount_mends_whatever_does_not_equal_the_jobs(cast: Cast, common: dict[str, Any]) -> None:
    clone(cast, "One", common).move(State.CREATED, ended_at=NOON)
    gone = clone(cast, "Two", common)
    gone.move(State.FAILED, ended_at=NOON, problem="crash")
    CloneJob.objects.filter(pk=gone.pk).delete()
    job = clone(cast, "Three", common)
    CloneJob.objects.filter(pk=job.pk).update(state=State.CREATED, ended_at=NOON)
    right = {(DAY, "created", ""): 2}
    assert sum(map(abs, differences(now=NOON).values())) == 3
    assert (recount_clones(now=NOON), counted(), differences(now=NOON)) == (3, right, Counter())
    assert recount_clones(now=NOON) == 0


@pytest.mark.django_db(transaction=True)
def test_counting_at_once_loses_nothing() -> None:
    team = Team.objects.create(name="Northwind")

    def add(_: int) -> None:
        for _ in range(5):
            DailyClones.objects.add(1, team=team, day=DAY, outcome="created", reason="")

    at_once(add, count=3)
    assert DailyClones.objects.get().count == 15


def test_play_is_counted_once_a_minute_and_day(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    for seconds in (0, 30, 61, 86_400):
        record_play(member=cast.vera, voice=voice, now=NOON + timedelta(seconds=seconds))
        voice.refresh_from_db()
    assert set(DailyPlays.objects.values_list("day", "count")) == {(DAY, 2), (date(2026, 11, 4), 1)}


def test_samples_count_slots_and_storage_of_the_day(cast: Cast, common: dict[str, Any]) -> None:
    account = make_account(allowed_voices=5)
    voice = make_voice(cast.ed, account=account)
    make_voice(cast.ed, account=account, ownership="public")
    make_voice(cast.ed, account=account, gone_at=NOON)
    make_job(cast.ed, **common | {"key": make_key(cast.ed, account=account)})
    preview = make_preview(voice)
    recording = common["sample"]
    assert take_samples(now=NOON) == 2  # both teams
    slots = SlotSample.objects.get(account=account)
    assert (slots.day, slots.used, slots.allowed, slots.team) == (DAY, 2, 5, cast.northwind)
    storage = StorageSample.objects.get(team=cast.northwind)
    assert (storage.recording_bytes, storage.preview_bytes) == (recording.size_bytes, preview.size_bytes)


def test_samples_are_taken_hourly_and_after_a_sync(cast: Cast) -> None:
    account = make_account()
    assert take_samples(now=NOON) == 2
    assert take_samples(now=NOON + timedelta(minutes=59)) == 0
    ended = NOON + timedelta(minutes=5)
    SyncRun.objects.create(
        team=cast.northwind, account=account, state=SyncState.DONE, ended_at=ended, due_at=ended
    )
    assert take_samples(now=ended + timedelta(minutes=1)) == 1
    assert take_samples(now=ended + timedelta(minutes=2)) == 0
    assert take_samples(now=NOON + timedelta(minutes=61)) == 1  # the other team's
    # The clock was set back by a day: what was counted ahead of now does not stop the counting.
    assert [take_samples(now=NOON - timedelta(days=1, minutes=-minute)) for minute in (0, 1)] == [2, 0]


# Three years of 366 days, the longest period of the dashboard, and a month before NOON.
FIRST_KEPT, LAST_PRUNED = date(2023, 10, 1), date(2023, 9, 30)


def test_figures_that_no_period_shows_are_pruned(cast: Cast) -> None:
    voice, account = make_voice(cast.ed), make_account()
    for day in (FIRST_KEPT, LAST_PRUNED):
        row = {"team": cast.northwind, "day": day}
        DailyClones.objects.create(**row, outcome="created", count=1)
        DailyCloneTimes.objects.create(**row, bucket=31, count=1)
        DailyPlays.objects.create(**row, voice=voice, count=1)
        DailyCalls.objects.create(**row, voice=voice, count=1)
        SlotSample.objects.create(**row, account=account, used=1, taken_at=NOON)
        StorageSample.objects.create(**row, recording_bytes=1, preview_bytes=1, taken_at=NOON)
    assert [prune_figures(now=NOON) for _ in range(2)] == [6, 0]
    kept = (DailyClones, DailyCloneTimes, DailyPlays, DailyCalls, SlotSample, StorageSample)
    assert [model.objects.get().day for model in kept] == [FIRST_KEPT] * 6


def test_recount_leaves_out_the_days_that_are_pruned(cast: Cast, common: dict[str, Any]) -> None:
    for name, day in (("One", FIRST_KEPT), ("Two", LAST_PRUNED)):
        ended = datetime.combine(day, NOON.timetz())
        clone(cast, name, common).move(State.FAILED, ended_at=ended, problem="invalid")
    prune_figures(now=NOON)
    assert recount_clones(now=NOON) == 0
    assert counted() == {(FIRST_KEPT, "failed", "invalid"): 1}


def test_recount_command_checks_and_mends(cast: Cast, common: dict[str, Any]) -> None:
    clone(cast, "One", common).move(State.CREATED, ended_at=NOON)
    DailyClones.objects.update(count=7)
    with pytest.raises(CommandError, match="1 daily count of clones"):
        call_command("recount_clones", check=True)
    said = io.StringIO()
    call_command("recount_clones", stdout=said)
    call_command("recount_clones", check=True, stdout=said)
    assert said.getvalue() == "1 daily count corrected.\nThe dashboard's counts of clones are right.\n"
