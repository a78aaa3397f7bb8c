"""What the worker does to a clone job between two calls to Althea (DESIGN section 4, HARDENING 2.3).

One table says which state a problem leads to; every step is one conditional UPDATE (plus its records) in one
transaction, and returns False or None where another worker has won meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from voices import althea, audit
from voices.actions.clone.submit import RECORDING_KEPT
from voices.actions.keys.store import mark_refused
from voices.actions.voice.names import name_taken
from voices.actions.voice.upsert import upsert_voice
from voices.althea import AltheaError, NotSentError, Problem, ThrottledError
from voices.models import CloneJob, Origin, State, Voice

# Which state a refused or unanswered call leads to. A look-up changes nothing, so its doubts can simply wait.
AFTER_POST: dict[Problem, State] = {
    Problem.KEY_REFUSED: State.FAILED,
    Problem.NO_ALLOWANCE: State.FAILED,
    Problem.NAME_TAKEN: State.FAILED,
    Problem.LIMIT_REACHED: State.FAILED,
    Problem.INVALID: State.FAILED,
    Problem.GONE: State.FAILED,
    Problem.THROTTLED: State.WAITING,
    Problem.NOT_SENT: State.WAITING,
    Problem.UNKNOWN: State.UNKNOWN,
    Problem.GARBLED: State.UNKNOWN,
}
AFTER_LOOKUP = AFTER_POST | {Problem.UNKNOWN: State.WAITING, Problem.GARBLED: State.WAITING}
# Three tries when nothing reaches Althea; three pauses when Althea asks for them.
MAX_WAITS = {Problem.THROTTLED: 3}
MAX_WAITS_ELSE = 2
MAX_CRASHES = 5
# A shorter lease than this would run out in the hands of a worker on a busy machine.
MIN_LEASE = 2.0
STILL_UNKNOWN = (
    "Althea did not say whether it made the voice, and it is not in the account so far. "
    "Try again: it is looked up before anything is sent."
)
NOT_LOOKED = (
    "Althea did not say whether it made the voice, and could not be asked since. "
    "Try again later: it is looked up before anything is sent."
)
OWN_FAULT = (
    "Something went wrong in Voice Studio itself. Your recording is kept; "
    "your admin finds the reason in the log."
)


@dataclass(frozen=True)
class RetryPolicy:
    """All waits of the worker, in seconds. `scaled` makes them shorter for tests and demonstrations."""

    lease: float = 60.0
    lookups: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    last_lookups: tuple[float, ...] = (5.0, 30.0, 120.0)
    retries: tuple[float, ...] = (1.0, 3.0)
    crash: float = 5.0

    def scaled(self, factor: float) -> "RetryPolicy":
        """The same pace, every wait times the factor."""

        def times(waits: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(wait * factor for wait in waits)

        return RetryPolicy(
            max(self.lease * factor, min(self.lease, MIN_LEASE)),
            times(self.lookups),
            times(self.last_lookups),
            times(self.retries),
            self.crash * factor,
        )


@dataclass(frozen=True)
class WorkerContext:
    """Who takes a step, when, and at which pace."""

    worker_id: str
    policy: RetryPolicy
    now: Callable[[], datetime]

    def ended(self, job: CloneJob) -> dict[str, Any]:
        """The facts of a row that ends now."""
        return {"ended_at": self.now(), "lease_until": None}

    def again(self, seconds: float) -> dict[str, Any]:
        """The facts of a row that is let go and due in so many seconds."""
        return {"due_at": self.now() + timedelta(seconds=seconds), "lease_until": None}


def start(job: CloneJob, context: WorkerContext) -> bool:
    """Whether the claimed job may go on: a waiting one is ready again."""
    return job.state == State.READY or job.move(State.READY, worker_id=context.worker_id)


def begin_send(job: CloneJob, context: WorkerContext) -> bool:
    """Whether the job is now committed as `sending`: only after this may the one POST go out."""
    now = context.now()
    facts = {"absent_at": now, "sent_at": now, "sends": job.sends + 1, "in_doubt": True, "lookups": 0}
    return job.move(State.SENDING, worker_id=context.worker_id, **facts)


def _is_of_another_job(job: CloneJob, upstream: althea.Voice) -> bool:
    known = Voice.objects.filter(account=job.account_id, voice_id=upstream.voice_id)
    return known.exclude(job=None).exclude(job=job).exists()


def finish_created(
    job: CloneJob, upstream: althea.Voice, context: WorkerContext, *, adopted: bool
) -> Voice | None:
    """The voice, its job created and its audit line, in one transaction; None where another worker has won.

    A voice that another job made is not adopted a second time: its name is taken, and this job fails.
    """
    if adopted and _is_of_another_job(job, upstream):
        fail_name_taken(job, context)
        return None
    with transaction.atomic():
        if not job.move(
            State.CREATED,
            worker_id=context.worker_id,
            problem="",
            message="",
            in_doubt=False,
            **context.ended(job),
        ):
            return None
        origin = Origin.ADOPTED if adopted else Origin.CLONED
        voice = upsert_voice(
            team=job.team, account=job.account, upstream=upstream, origin=origin, job=job, now=context.now()
        )
        verb = "voice.adopted" if adopted else "voice.cloned"
        facts = {"voice_id": voice.voice_id, "job": str(job.pk)}
        facts |= {"replaces": str(job.replaces_id)} if job.replaces_id else {}
        audit.record(actor=job.actor, team=job.team, verb=verb, thing=voice, **facts)
    return voice


def fail(
    job: CloneJob, context: WorkerContext, *, problem: str, message: str, fields: Any = (), **facts: Any
) -> bool:
    """Whether the job is now failed, with the words that the person reads."""
    told = {"problem": problem, "message": message[:500], "field_errors": [list(pair) for pair in fields]}
    with transaction.atomic():
        moved = job.move(State.FAILED, worker_id=context.worker_id, **told, **context.ended(job), **facts)
        if moved:
            audit.record(actor=job.actor, team=job.team, verb="clone.failed", thing=job, problem=problem)
        if moved and problem == Problem.KEY_REFUSED and job.key is not None:
            mark_refused(key=job.key, message=message, now=context.now(), team=job.team)
    return moved


def fail_name_taken(job: CloneJob, context: WorkerContext) -> bool:
    """Whether the job is now failed because a voice of that name is there, and is not of this job."""
    message = name_taken(job.account, job.name) + RECORDING_KEPT
    fields = [("name", message)]
    return fail(job, context, problem=Problem.NAME_TAKEN, message=message, fields=fields, in_doubt=False)


def wait(job: CloneJob, context: WorkerContext, error: AltheaError, **facts: Any) -> bool:
    """Whether the job now waits for its next try; where that does not help it fails, for the person to try again."""
    attempts = job.attempts + 1
    hopeless = isinstance(error, NotSentError) and error.permanent
    if hopeless or attempts > MAX_WAITS.get(error.problem, MAX_WAITS_ELSE):
        return fail(job, context, problem=error.problem, message=error.message, attempts=attempts, **facts)
    seconds = context.policy.retries[min(attempts, len(context.policy.retries)) - 1]
    if isinstance(error, ThrottledError):
        seconds = error.retry_after_seconds
    told = {"attempts": attempts, "problem": error.problem.value, "message": error.message[:500]}
    return job.move(State.WAITING, worker_id=context.worker_id, **told, **context.again(seconds), **facts)


def lookup_failed(job: CloneJob, context: WorkerContext, error: AltheaError) -> bool:
    """Whether the job moved after the look-up before a send did not succeed."""
    if AFTER_LOOKUP[error.problem] == State.WAITING:
        return wait(job, context, error)
    return fail(job, context, problem=error.problem, message=error.message, fields=error.fields)


def send_failed(job: CloneJob, context: WorkerContext, error: AltheaError, *, was_in_doubt: bool) -> bool:
    """Whether the job moved after its POST was refused, not sent, or not answered.

    "Name taken" on a second send proves that the first one landed. 503 may have landed, 429 has not: a send
    that surely made nothing uses up nothing, so that the one re-send of a later doubt is still there. And what
    is invalid now was so the first time: that ends the doubt.
    """
    state = AFTER_POST[error.problem]
    if state == State.UNKNOWN or (error.problem == Problem.NAME_TAKEN and was_in_doubt):
        return mark_unknown(job, context, message=error.message)
    may_have_landed = error.status == 503
    in_doubt = may_have_landed or (was_in_doubt and error.problem != Problem.INVALID)
    facts = {"in_doubt": in_doubt, "sends": job.sends - (not may_have_landed)}
    if state == State.WAITING:
        return wait(job, context, error, **facts)
    return fail(job, context, problem=error.problem, message=error.message, fields=error.fields, **facts)


def schedule(job: CloneJob, policy: RetryPolicy) -> tuple[float, ...]:
    """When, in seconds after the send, an unanswered send is looked up."""
    return policy.lookups if job.sends <= 1 else policy.last_lookups


def look_up_at(job: CloneJob, context: WorkerContext, wait: float) -> datetime:
    """When the look-up is due that comes so many seconds after the send, and at least half of that from now.

    A send that took its whole deadline of 150 s would otherwise use up all its look-ups in one burst.
    """
    now = context.now()
    return max((job.sent_at or now) + timedelta(seconds=wait), now + timedelta(seconds=wait / 2))


def mark_unknown(job: CloneJob, context: WorkerContext, *, message: str, **facts: Any) -> bool:
    """Whether the job is now `unknown`, to be looked up first five seconds after its send."""
    due = look_up_at(job, context, schedule(job, context.policy)[0])
    told = {"problem": Problem.UNKNOWN.value, "message": message[:500], "lookups": 0}
    return job.move(State.UNKNOWN, worker_id=context.worker_id, due_at=due, lease_until=None, **told, **facts)


def look_again(job: CloneJob, context: WorkerContext, *, looked: bool) -> bool:
    """Whether the still unknown job goes on: next look-up, one more send, or failed.

    `looked` says that the look-up just made was answered (and found nothing); without that nothing is sent again.
    """
    waits, lookups = schedule(job, context.policy), job.lookups + 1
    if lookups < len(waits):
        due = look_up_at(job, context, waits[lookups])
        row = CloneJob.objects.filter(pk=job.pk, state=State.UNKNOWN, lease_holder=context.worker_id)
        return row.update(lookups=lookups, due_at=due, lease_until=None) == 1
    if looked and job.sends <= 1:
        return job.move(State.READY, worker_id=context.worker_id, **context.again(0))
    return fail(job, context, problem=Problem.UNKNOWN, message=STILL_UNKNOWN if looked else NOT_LOOKED)


def give_up(job: CloneJob, context: WorkerContext) -> bool:
    """Whether the job is now failed after too many errors of our own; `in_doubt` keeps what may be at Althea."""
    return fail(job, context, problem="crash", message=OWN_FAULT)


def crashed(job: CloneJob, context: WorkerContext) -> bool:
    """Whether the job was put off after an error of our own; the fifth one fails it. Nothing sent is forgotten."""
    crashes = job.crashes + 1
    if not job.is_live:
        return False
    if job.state == State.SENDING:
        return mark_unknown(job, context, message="", crashes=crashes)
    if crashes >= MAX_CRASHES:
        return give_up(job, context)
    row = CloneJob.objects.filter(pk=job.pk, state=job.state, lease_holder=context.worker_id)
    return row.update(crashes=crashes, **context.again(context.policy.crash * 2**crashes)) == 1


def release(job: CloneJob, context: WorkerContext) -> bool:
    """Whether a job that a stopping worker still holds is free for the next one."""
    if job.state == State.SENDING:
        return mark_unknown(job, context, message="The worker was stopped while Althea was making the voice.")
    return CloneJob.objects.filter(pk=job.pk, lease_holder=context.worker_id).update(lease_until=None) == 1
