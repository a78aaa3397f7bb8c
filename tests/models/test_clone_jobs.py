"""A job moves along its table only, once, and only for who holds it."""

import pytest
from django.db import IntegrityError, transaction

from tests.base import Cast, make_cast
from tests.builders import make_account, make_job, make_key, make_sample
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.models import ENDED, LIVE, MOVES, CloneJob, State

# The law, by hand: from which state a job may move to which.
ALLOWED = {
    "held": {"ready", "failed", "cancelled"},
    "ready": {"sending", "waiting", "created", "failed", "cancelled"},
    "waiting": {"ready", "failed", "cancelled"},
    "sending": {"created", "unknown", "waiting", "failed"},
    "unknown": {"created", "ready", "failed"},
    "created": set(),
    "failed": {"ready", "held", "cancelled"},
    "cancelled": set(),
}


def test_moves_off_the_table_raise() -> None:
    for here in State:
        for there in set(State) - ALLOWED[here]:
            with pytest.raises(ValueError, match=f"does not move from {here} to {there}"):
                CloneJob(state=here).move(there)


def test_the_table_of_moves_is_the_law() -> None:
    assert {str(here): {str(there) for there in moves} for here, moves in MOVES.items()} == ALLOWED


def test_move_updates_row_and_object(cast: Cast) -> None:
    job = make_job(cast.ed)
    assert job.move(State.SENDING, sent_at=NOON, sends=1)
    kept = CloneJob.objects.get()
    assert (job.state, job.sent_at, job.sends) == (kept.state, kept.sent_at, kept.sends)
    assert (kept.state, kept.sent_at, kept.sends) == (State.SENDING, NOON, 1)


def test_move_of_a_row_moved_meanwhile_changes_nothing(cast: Cast) -> None:
    job = make_job(cast.ed)
    late = CloneJob.objects.get()
    assert job.move(State.CANCELLED)
    assert late.move(State.SENDING, sends=1) is False
    assert (late.state, CloneJob.objects.get().state) == (State.READY, State.CANCELLED)


def test_leased_row_is_moved_only_by_its_holder(cast: Cast) -> None:
    job = make_job(cast.ed, lease_holder="one", lease_until=NOON)
    assert job.move(State.SENDING, worker_id="two") is False
    assert job.move(State.SENDING, worker_id="one")


def test_a_released_row_is_nobodys(cast: Cast) -> None:
    job = make_job(cast.ed, lease_holder="one", lease_until=None)
    assert job.move(State.SENDING, worker_id="one") is False


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_moves_one_wins() -> None:
    job = make_job(make_cast().ed)
    seen = [CloneJob.objects.get(pk=job.pk) for _ in range(4)]
    won = at_once(lambda number: seen[number].move(State.SENDING))
    assert sorted(won) == [False, False, False, True]


@pytest.mark.parametrize("state", LIVE)
def test_account_has_one_live_job_per_name(cast: Cast, state: State) -> None:
    first = make_job(cast.ed, state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_job(cast.ed, key=first.key, sample=first.sample)


@pytest.mark.parametrize("state", ENDED)
def test_ended_job_frees_its_name(cast: Cast, state: State) -> None:
    first = make_job(cast.ed, state=state)
    assert make_job(cast.ed, key=first.key, sample=first.sample).is_live


def test_job_names_are_unique_per_account_only(cast: Cast) -> None:
    first = make_job(cast.ed)
    other = make_key(cast.sam, account=make_account())
    assert make_job(cast.sam, key=other, name=first.name, sample=make_sample(cast.sam)).is_live
