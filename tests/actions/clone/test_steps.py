"""The table of the clone: every problem leads somewhere, and no step leaves the table of moves."""

from datetime import timedelta
from typing import Any

import pytest

from tests.base import Cast
from tests.builders import make_job, make_voice
from tests.kit.fakes import NOON
from tests.worker.upstream import ENDS
from voices import althea
from voices.actions.clone import steps
from voices.actions.clone.steps import AFTER_LOOKUP, AFTER_POST, RetryPolicy, WorkerContext
from voices.althea import AltheaError, NameTakenError, NotSentError, Problem
from voices.models import LIVE, MOVES, AuditEntry, CloneJob, KeyState, State, Voice

STEP = WorkerContext(worker_id="one", policy=RetryPolicy(), now=lambda: NOON)
ERRORS = [error for error in (make() for make in ENDS.values()) if isinstance(error, AltheaError)] + [
    NameTakenError("Taken.", status=400, fields=(("name", "already exists"),))
]
IDS = [f"{error.problem}-{error.status}" for error in ERRORS]
MARLENE = althea.Voice.from_json({"voiceId": "v-1", "name": "Marlene", "ownership": "private"})


def job_in(cast: Cast, state: State, **facts: Any) -> CloneJob:
    given = {"sent_at": NOON, "sends": 1, "lease_holder": "one", "lease_until": NOON}
    return make_job(cast.ed, state=state, **given | facts)


def after(seconds: float) -> WorkerContext:
    return WorkerContext(worker_id="one", policy=RetryPolicy(), now=lambda: NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("table", [AFTER_POST, AFTER_LOOKUP], ids=["post", "look-up"])
def test_every_problem_has_a_job_state(table: dict[Problem, State]) -> None:
    assert set(table) == set(Problem)


@pytest.mark.parametrize("problem", Problem)
def test_problem_tables_contain_only_allowed_moves(problem: Problem) -> None:
    assert AFTER_POST[problem] in MOVES[State.SENDING]
    assert AFTER_LOOKUP[problem] in MOVES[State.READY]


def test_tested_errors_cover_every_problem() -> None:
    assert {error.problem for error in ERRORS} == set(Problem)


@pytest.mark.parametrize("in_doubt", [False, True], ids=["first", "in-doubt"])
@pytest.mark.parametrize("attempts", [0, 9])
@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_failed_send_moves_the_job_by_the_table(
    cast: Cast, error: AltheaError, attempts: int, in_doubt: bool
) -> None:
    job = job_in(cast, State.SENDING, attempts=attempts, in_doubt=True)
    assert steps.send_failed(job, STEP, error, was_in_doubt=in_doubt)
    kept = CloneJob.objects.get()
    assert kept.state in {AFTER_POST[error.problem], State.FAILED, State.UNKNOWN}
    assert (kept.lease_until, bool(kept.ended_at)) == (None, kept.state == State.FAILED)
    may_be_there = in_doubt and error.problem != Problem.INVALID
    unanswered = kept.state == State.UNKNOWN or error.status == 503
    assert kept.in_doubt == (may_be_there or unanswered)


@pytest.mark.parametrize("error", ERRORS, ids=IDS)
def test_failed_look_up_moves_the_job_by_the_table(cast: Cast, error: AltheaError) -> None:
    job = job_in(cast, State.READY)
    assert steps.lookup_failed(job, STEP, error)
    assert CloneJob.objects.get().state in {AFTER_LOOKUP[error.problem], State.FAILED}


@pytest.mark.parametrize("state", [State.READY, State.WAITING, State.UNKNOWN, State.SENDING])
def test_own_error_moves_the_job_from_every_live_state(cast: Cast, state: State) -> None:
    for crashes in range(6):
        job = CloneJob.objects.first() or job_in(cast, state)
        job.state, job.lease_holder, job.crashes = state, "one", crashes
        job.save()
        assert steps.crashed(job, STEP)
    expected = State.UNKNOWN if state == State.SENDING else State.FAILED
    assert CloneJob.objects.get().state == expected


@pytest.mark.parametrize("state", sorted(set(State) - set(LIVE)))
def test_error_after_the_end_leaves_the_job_unchanged(cast: Cast, state: State) -> None:
    job = job_in(cast, state, crashes=9)
    assert steps.crashed(job, STEP) is False
    assert CloneJob.objects.get().state == state


@pytest.mark.parametrize("state", LIVE)
def test_stopping_worker_releases_the_job_from_every_state(cast: Cast, state: State) -> None:
    assert steps.release(job_in(cast, state), STEP)
    kept = CloneJob.objects.get()
    assert kept.state == (State.UNKNOWN if state == State.SENDING else state)
    assert kept.lease_until is None


@pytest.mark.parametrize("looked", [True, False])
@pytest.mark.parametrize("sends", [1, 2])
def test_unknown_job_is_looked_up_then_resent_once_or_failed(cast: Cast, sends: int, looked: bool) -> None:
    job = job_in(cast, State.UNKNOWN, sends=sends, in_doubt=True)
    waits = RetryPolicy().lookups if sends == 1 else RetryPolicy().last_lookups
    for wait in waits[1:]:
        assert steps.look_again(job, STEP, looked=looked)
        job.refresh_from_db()
        assert (job.state, job.due_at) == (State.UNKNOWN, NOON + timedelta(seconds=wait))
    assert steps.look_again(job, STEP, looked=looked)
    job.refresh_from_db()
    assert job.state == (State.READY if looked and sends == 1 else State.FAILED)
    assert job.in_doubt
    told = steps.STILL_UNKNOWN if looked else steps.NOT_LOOKED
    assert job.message == ("" if job.state == State.READY else told)


def test_look_ups_are_spaced_after_a_send_that_timed_out(cast: Cast) -> None:
    job = job_in(cast, State.SENDING)
    assert steps.mark_unknown(job, after(150), message="")
    assert job.due_at == NOON + timedelta(seconds=152.5)
    assert steps.look_again(job, after(152.5), looked=True)
    job.refresh_from_db()
    assert job.due_at == NOON + timedelta(seconds=167.5)


def test_resend_stays_available_after_sends_that_made_nothing(cast: Cast) -> None:
    job = job_in(cast, State.SENDING, sends=1, in_doubt=True)
    assert steps.send_failed(job, STEP, NotSentError("No route."), was_in_doubt=False)
    assert CloneJob.objects.get().sends == 0


def test_permanent_problem_is_not_retried(cast: Cast) -> None:
    job = job_in(cast, State.READY)
    assert steps.lookup_failed(job, STEP, NotSentError("Bad certificate.", permanent=True))
    assert (job.state, job.message) == (State.FAILED, "Bad certificate.")


def test_refused_key_is_marked_when_the_job_fails(cast: Cast) -> None:
    job = job_in(cast, State.READY)
    assert steps.fail(job, STEP, problem=Problem.KEY_REFUSED, message="Althea refused this key.")
    job.key.refresh_from_db()
    assert job.key.state == KeyState.REFUSED
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"clone.failed", "key.refused"}


@pytest.mark.parametrize("state", [State.READY, State.SENDING, State.UNKNOWN])
def test_created_voice_ends_the_job_and_is_in_the_library(cast: Cast, state: State) -> None:
    job = job_in(cast, state, in_doubt=True)
    voice = steps.finish_created(job, MARLENE, STEP, adopted=state != State.SENDING)
    assert voice is not None
    kept = Voice.objects.get()
    assert (kept.job, kept.sample, kept.steward, kept.added_by) == (job, job.sample, job.key, cast.ed.user)
    assert (CloneJob.objects.get().state, kept.preview.due_at) == (State.CREATED, NOON)


def test_look_up_does_not_adopt_the_voice_of_another_job(cast: Cast) -> None:
    job = job_in(cast, State.UNKNOWN, in_doubt=True)
    maker = make_job(cast.ed, key=job.key, sample=job.sample, state=State.CREATED)
    make_voice(cast.ed, account=job.account, voice_id="v-1", job=maker)
    assert steps.finish_created(job, MARLENE, STEP, adopted=True) is None
    job.refresh_from_db()
    assert (job.state, job.problem, job.in_doubt) == (State.FAILED, "name_taken", False)
    assert Voice.objects.get().job == maker


@pytest.mark.parametrize("state", LIVE)
def test_worker_without_the_lease_changes_nothing(cast: Cast, state: State) -> None:
    job = job_in(cast, state, lease_holder="two")
    if state != State.WAITING:
        assert steps.finish_created(job, MARLENE, STEP, adopted=False) is None
    assert steps.fail(job, STEP, problem="unknown", message="Late.") is False
    assert steps.crashed(job, STEP) is False
    assert steps.release(job, STEP) is False
    kept = CloneJob.objects.get()
    assert (kept.state, kept.lease_until, kept.message) == (state, NOON, "")
    assert not Voice.objects.exists()


def test_retry_policy_scales_but_leases_keep_a_minimum() -> None:
    fast = RetryPolicy().scaled(0.01)
    assert (fast.lease, fast.lookups, fast.crash) == (2.0, (0.05, 0.3, 1.2, 6.0), 0.05)
    assert RetryPolicy().scaled(1) == RetryPolicy()
