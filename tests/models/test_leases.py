"""The queue: a due row goes to one holder, stays his while he renews, and is anybody's after that."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count

from tests.base import Cast, make_cast
from tests.builders import make_job, make_key, make_sample
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.voice.previews import RETRY_AFTER
from voices.actions.work import MAX_CRASHES, RetryPolicy
from voices.models import BulkRun, CloneJob, PreviewFile, State, SyncRun
from voices.models.leases import MAX_AHEAD, LeasedRow


def claim(worker_id: str = "one", *, now: object = NOON, limit: int = 10) -> list[object]:
    return CloneJob.objects.live().claim(worker_id=worker_id, now=now, seconds=60, limit=limit)  # type: ignore[arg-type]


def jobs(cast: Cast, count: int, **facts: object) -> list[CloneJob]:
    key, sample = make_key(cast.ed), make_sample(cast.ed)
    shared = {"key": key, "sample": sample, "due_at": NOON}
    return [make_job(cast.ed, name=f"Voice {number}", **shared | facts) for number in range(count)]


@pytest.mark.django_db(transaction=True)
def test_concurrent_claims_never_share_a_row() -> None:
    made = {job.pk for job in jobs(make_cast(), 40)}
    shares = at_once(lambda number: [claim(f"worker {number}", limit=3) for _ in range(6)])
    claimed = [pk for share in shares for turn in share for pk in turn]
    assert len(claimed) == len(set(claimed))
    # Rows that others are just claiming are passed over, so what is left takes another turn.
    rest = claim("late", limit=40)
    assert {*claimed, *rest} == made


def test_claim_takes_due_rows_oldest_first(cast: Cast) -> None:
    first, second, third = jobs(cast, 3)
    for job, minutes in ((first, -1), (second, -5), (third, 1)):
        CloneJob.objects.filter(pk=job.pk).update(due_at=NOON + timedelta(minutes=minutes))
    assert claim(limit=1) == [second.pk]
    assert claim() == [first.pk]
    assert claim() == []


def test_claim_ignores_ended_jobs(cast: Cast) -> None:
    jobs(cast, 1, state=State.FAILED)
    assert claim() == []


def test_expired_lease_frees_the_row(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    assert claim("two", now=NOON + timedelta(seconds=60)) == []
    assert claim("two", now=NOON + timedelta(seconds=61)) == [job.pk]
    job.refresh_from_db()
    assert (job.lease_holder, job.lease_until) == ("two", NOON + timedelta(seconds=121))


def test_expired_lease_counts_as_a_crash(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    for turn in range(3):
        claim("one", now=NOON + timedelta(minutes=2 * turn))
    job.refresh_from_db()
    assert job.crashes == 2


def test_released_lease_is_not_a_crash(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    CloneJob.objects.update(lease_until=None)
    assert claim("two") == [job.pk]
    job.refresh_from_db()
    assert job.crashes == 0


def renew(worker_id: str, *rows: CloneJob) -> int:
    later = NOON + timedelta(seconds=40)
    return CloneJob.objects.renew(worker_id=worker_id, ids=[job.pk for job in rows], now=later, seconds=60)


def test_lease_is_extended_by_renewing(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    assert renew("one", job) == 1
    assert claim("two", now=NOON + timedelta(seconds=99)) == []


def test_lease_of_another_worker_is_not_renewed(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("two")
    assert renew("one", job) == 0


def test_late_renewal_does_not_reclaim_a_released_row(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    CloneJob.objects.update(lease_until=None)
    assert renew("one", job) == 0
    assert claim("two") == [job.pk]


BACK = NOON - timedelta(hours=1)


def test_times_far_ahead_are_pulled_back_to_now(cast: Cast) -> None:
    far, near = jobs(cast, 2)
    CloneJob.objects.filter(pk=near.pk).update(due_at=BACK + timedelta(minutes=14))
    assert claim(now=BACK) == []
    assert CloneJob.objects.pull_back(now=BACK, seconds=60) == 1
    assert claim(now=BACK) == [far.pk]


def test_lease_far_ahead_is_left_to_a_living_worker(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    CloneJob.objects.update(due_at=BACK)
    assert CloneJob.objects.pull_back(now=BACK, seconds=60) == 1
    assert claim("two", now=BACK + timedelta(seconds=60)) == []
    job.refresh_from_db()
    assert (job.lease_holder, job.lease_until) == ("one", BACK + timedelta(seconds=60))


def test_lease_far_ahead_of_a_dead_worker_runs_out(cast: Cast) -> None:
    [job] = jobs(cast, 1)
    claim("one")
    CloneJob.objects.update(due_at=BACK)
    CloneJob.objects.pull_back(now=BACK, seconds=60)
    assert claim("two", now=BACK + timedelta(seconds=61)) == [job.pk]


def test_ended_rows_are_not_pulled_back(cast: Cast) -> None:
    jobs(cast, 1, state=State.FAILED)
    assert CloneJob.objects.pull_back(now=BACK, seconds=60) == 0


def test_no_wait_or_lease_is_taken_for_far_ahead() -> None:
    policy, longest_throttle = RetryPolicy(), 600.0
    crash = policy.crash * 2**MAX_CRASHES
    waits = [*policy.lookups, *policy.last_lookups, *policy.retries, *RETRY_AFTER, crash, longest_throttle]
    assert policy.lease < MAX_AHEAD.total_seconds()
    assert max(waits) < MAX_AHEAD.total_seconds()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("model", [CloneJob, SyncRun, BulkRun, PreviewFile])
def test_due_rows_are_found_by_their_partial_index(db: None, model: type[LeasedRow]) -> None:
    index = next(one.name for one in model._meta.indexes if one.condition and one.fields == ["due_at"])
    rows = model._default_manager.all().live()  # type: ignore[attr-defined]
    for asked in (
        rows.due(NOON).values("pk")[:1],
        rows.values_list("state").annotate(count=Count("pk")).order_by(),
    ):
        sql, values = asked.query.sql_with_params()
        with connection.cursor() as cursor:
            plan = " ".join(
                line[3] for line in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            )
        assert f"USING INDEX {index}" in plan
