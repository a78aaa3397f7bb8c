"""The table of the clone: every problem leads somewhere, and no step leaves the table of moves."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.base import Cast
from tests.builders import make_job, make_key, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.worker.upstream import ENDS, name_taken
from voices import althea
from voices.actions.clone import steps
from voices.actions.clone.steps import AFTER_LOOKUP, AFTER_POST
from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import AltheaError, KeyRefusedError, NotSentError, Problem
from voices.models import LIVE, MOVES, AuditEntry, CloneJob, KeyState, State, Voice

STEP = WorkerContext(worker_id="one", policy=RetryPolicy(), now=lambda: NOON)
ERRORS: dict[str, AltheaError] = {
    name: error
    for name, error in ((name, make()) for name, make in ENDS.items())
    if isinstance(error, AltheaError)
} | {"name taken": name_taken()}
MARLENE = althea.Voice.from_json({"voiceId": "v-1", "name": "Marlene", "ownership": "private"})


READY, WAITING, UNKNOWN, FAILED = State.READY, State.WAITING, State.UNKNOWN, State.FAILED
# By hand: an error of the POST, then the states it leads to: on the first send, in doubt, and on the tenth attempt.
AFTER_A_SEND = {
    "unknown": (UNKNOWN, UNKNOWN, UNKNOWN),
    "garbled": (UNKNOWN, UNKNOWN, UNKNOWN),
    "not sent": (WAITING, WAITING, FAILED),
    "never sent": (FAILED, FAILED, FAILED),
    "429": (WAITING, WAITING, FAILED),
    "503": (WAITING, WAITING, FAILED),
    "key refused": (FAILED, FAILED, FAILED),
    "not allowed": (FAILED, FAILED, FAILED),
    "blocked": (FAILED, FAILED, FAILED),
    "no allowance": (FAILED, FAILED, FAILED),
    "invalid": (FAILED, FAILED, FAILED),
    "limit": (FAILED, FAILED, FAILED),
    "gone": (FAILED, FAILED, FAILED),
    # The name was free just before the send, so it may be ours: it is looked up.
    "name taken": (UNKNOWN, UNKNOWN, UNKNOWN),
}
AFTER_A_LOOK_UP = {
    "unknown": WAITING,
    "garbled": WAITING,
    "not sent": WAITING,
    "never sent": FAILED,
    "429": WAITING,
    "503": WAITING,
    "key refused": FAILED,
    "not allowed": FAILED,
    "blocked": FAILED,
    "no allowance": FAILED,
    "invalid": FAILED,
    "limit": FAILED,
    "gone": FAILED,
    "name taken": FAILED,
}
# After a send that failed the voice may be there: the answer left it open, or an earlier doubt stays.
LEFT_IN_DOUBT = {"unknown", "garbled", "503", "name taken"}
ENDS_A_DOUBT = {"invalid"}


def job_in(cast: Cast, state: State, **facts: Any) -> CloneJob:
    given = {"sent_at": NOON, "sends": 1, "lease_holder": "one", "lease_until": NOON}
    return make_job(cast.ed, state=state, **given | facts)


def claim(job: CloneJob) -> None:
    """Hold the job once more, as the worker does for its next step."""
    CloneJob.objects.filter(pk=job.pk).update(lease_until=NOON)
    job.refresh_from_db()


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
    assert {error.problem for error in ERRORS.values()} == set(Problem)
    assert set(ERRORS) == set(AFTER_A_SEND) == set(AFTER_A_LOOK_UP)


@pytest.mark.parametrize("name", AFTER_A_SEND)
def test_a_failed_send_moves_along_the_table(cast: Cast, name: str) -> None:
    first, doubted, tenth = AFTER_A_SEND[name]
    cases = ((0, False, first), (0, True, doubted), (9, False, tenth), (9, True, tenth))
    key, sample = make_key(cast.ed), make_sample(cast.ed)
    for number, (attempts, was_in_doubt, expected) in enumerate(cases):
        job = job_in(
            cast, State.SENDING, key=key, sample=sample, name=f"V{number}", attempts=attempts, in_doubt=True
        )
        assert steps.send_failed(job, STEP, ERRORS[name], was_in_doubt=was_in_doubt)
        kept = CloneJob.objects.get(pk=job.pk)
        assert (kept.state, kept.lease_until) == (expected, None)
        assert bool(kept.ended_at) == (expected == State.FAILED)
        assert kept.in_doubt == (name in LEFT_IN_DOUBT or (was_in_doubt and name not in ENDS_A_DOUBT))


@pytest.mark.parametrize("name", AFTER_A_LOOK_UP)
def test_a_failed_look_up_moves_along_the_table(cast: Cast, name: str) -> None:
    job = job_in(cast, State.READY)
    assert steps.lookup_failed(job, STEP, ERRORS[name])
    assert CloneJob.objects.get().state == AFTER_A_LOOK_UP[name]


@pytest.mark.parametrize("state", [State.READY, State.WAITING, State.UNKNOWN, State.SENDING])
def test_own_error_moves_the_job_from_every_live_state(cast: Cast, state: State) -> None:
    for crashes in range(6):
        job = CloneJob.objects.first() or job_in(cast, state)
        job.state, job.lease_holder, job.lease_until, job.crashes = state, "one", NOON, crashes
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
    for wait, following in pairwise(waits):
        claim(job)
        assert steps.not_found(job, after(wait), was_answered=looked)
        job.refresh_from_db()
        due = max(following, wait + following / 2)
        assert (job.state, job.due_at) == (State.UNKNOWN, NOON + timedelta(seconds=due))
    claim(job)
    assert steps.not_found(job, after(waits[-1]), was_answered=looked)
    job.refresh_from_db()
    assert job.state == (State.READY if looked and sends == 1 else State.FAILED)
    assert job.in_doubt
    message = steps.STILL_UNKNOWN if looked else steps.NOT_LOOKED
    assert job.message == ("" if job.state == State.READY else message)


def test_look_ups_are_spaced_after_a_send_that_timed_out(cast: Cast) -> None:
    job = job_in(cast, State.SENDING)
    assert steps.mark_unknown(job, after(150), message="")
    assert job.due_at == NOON + timedelta(seconds=152.5)
    claim(job)
    assert steps.not_found(job, after(152.5), was_answered=True)
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


def test_look_up_that_a_person_asked_for_comes_on_top(cast: Cast) -> None:
    job = job_in(cast, State.UNKNOWN, in_doubt=True)
    for seconds in (1, 2, 3, 4):
        claim(job)
        assert steps.not_found(job, after(seconds), was_answered=True)
        job.refresh_from_db()
        assert (job.state, job.lookups, job.due_at) == (State.UNKNOWN, 0, NOON + timedelta(seconds=5))


def test_taken_name_that_nothing_holds_fails_after_three_looks(cast: Cast) -> None:
    job = job_in(cast, State.SENDING, in_doubt=True)
    assert steps.send_failed(job, STEP, name_taken(), was_in_doubt=False)
    for seconds, state in ((0, State.UNKNOWN), (5, State.UNKNOWN), (30, State.FAILED)):
        assert (job.due_at, job.problem) == (NOON + timedelta(seconds=seconds), "name_taken")
        claim(job)
        assert steps.not_found(job, after(seconds), was_answered=True)
        job.refresh_from_db()
        assert job.state == state
    assert (job.problem, job.in_doubt, job.field_errors[0][0]) == ("name_taken", False, "name")


def test_refused_key_is_marked_when_the_job_fails(cast: Cast) -> None:
    job = job_in(cast, State.READY)
    assert steps.fail_with(job, STEP, KeyRefusedError("Althea refused this key.", status=403))
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
    assert (fast.lease, fast.lookups, fast.crash) == (5.0, (0.05, 0.3, 1.2, 6.0), 0.05)
    assert RetryPolicy().scaled(1) == RetryPolicy()
