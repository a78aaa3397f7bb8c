"""The worker's steps of a clone job, between the calls to Althea. Its states are drawn in docs/architecture.md.

One table maps problems to states. Every step is one conditional UPDATE, with its records, in one transaction. It
returns False (or None) if someone else won: another worker, or the person who cancelled.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from voices import althea, audit
from voices.access import Verb, still_may
from voices.actions.clone.submit import NOT_ALLOWED, kept_note
from voices.actions.keys.verdicts import record_verdict
from voices.actions.voice.names import name_taken
from voices.actions.voice.upsert import upsert_voice
from voices.actions.work import MAX_CRASHES, RetryPolicy, WorkerContext, internal_error_message
from voices.althea import AltheaError, NotSentError, Problem
from voices.models import CloneJob, Consent, State, Voice, VoiceOrigin
from voices.notices.kinds import CLONE_FAILED, CREATED, clone_facts, voice_facts

# The state after a refused or unanswered call. A look-up changes nothing, so an unclear one can simply wait.
AFTER_POST: dict[Problem, State] = {
    Problem.KEY_REFUSED: State.FAILED,
    Problem.FORBIDDEN: State.FAILED,
    Problem.BLOCKED: State.FAILED,
    Problem.NO_ALLOWANCE: State.FAILED,
    Problem.NAME_TAKEN: State.UNKNOWN,
    Problem.LIMIT_REACHED: State.FAILED,
    Problem.INVALID: State.FAILED,
    Problem.GONE: State.FAILED,
    Problem.THROTTLED: State.WAITING,
    Problem.NOT_SENT: State.WAITING,
    Problem.UNKNOWN: State.UNKNOWN,
    Problem.GARBLED: State.UNKNOWN,
}
AFTER_LOOKUP = AFTER_POST | {
    Problem.NAME_TAKEN: State.FAILED,
    Problem.UNKNOWN: State.WAITING,
    Problem.GARBLED: State.WAITING,
}
# Three attempts if Althea cannot be reached, three waits if it throttles.
MAX_WAITS = {Problem.THROTTLED: 3}
MAX_WAITS_ELSE = 2
STILL_UNKNOWN = (
    "Althea didn't say whether it created the voice, and it isn't in the account so far. Try "
    "again: we check for it before sending anything."
)
NOT_LOOKED = (
    "Althea didn't say whether it created the voice, and hasn't responded since. Try again later: "
    "we check for it before sending anything."
)
CONSENT_ENDED = "The consent for this recording was withdrawn or has expired, so nothing was sent."
MAY_NOT_CLONE = (
    "The person who started this clone left the team or can no longer clone here, so nothing was "
    "sent. Start it again with your own key."
)


def start(job: CloneJob, context: WorkerContext) -> bool:
    """Make a claimed job ready if it was waiting. Return False if someone else won."""
    return job.state == State.READY or job.move(State.READY, worker_id=context.worker_id)


def begin_send(job: CloneJob, context: WorkerContext) -> bool:
    """Commit the job as `sending`; only then may the one POST go out.

    Return False, so that nothing is sent, if someone else won, the person lost the right to clone, or the consent
    has ended since.
    """
    now = context.now()
    if not still_may(job.team_id, job.actor_id, Verb.CLONE):
        fail(job, context, problem=NOT_ALLOWED, message=MAY_NOT_CLONE + kept_note(job))
        return False
    consent = Consent.objects.filter(clone_jobs=job.pk).first()
    if consent is not None and consent.has_ended(now):
        fail(job, context, problem="consent_ended", message=CONSENT_ENDED)
        return False
    facts = {"absent_at": now, "sent_at": now, "sends": job.sends + 1, "in_doubt": True, "lookups": 0}
    return job.move(State.SENDING, worker_id=context.worker_id, **facts)


def _is_of_another_job(job: CloneJob, upstream: althea.Voice) -> bool:
    known = Voice.objects.filter(account=job.account_id, voice_id=upstream.voice_id)
    return known.exclude(job=None).exclude(job=job).exists()


def _origin_and_verb(job: CloneJob, *, adopted: bool) -> tuple[VoiceOrigin, str]:
    if adopted:
        return VoiceOrigin.ADOPTED, "voice.adopted"
    return (VoiceOrigin.CLONED, "voice.cloned") if job.is_clone else (VoiceOrigin.CREATED, "voice.created")


def finish_created(
    job: CloneJob, upstream: althea.Voice, context: WorkerContext, *, adopted: bool
) -> Voice | None:
    """Store the voice, mark its job created and audit it. Return None if someone else won.

    A voice created by another job is not adopted again: its name is taken, and this job fails.
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
            sealed_definition=None,
            **context.ended(),
        ):
            return None
        origin, verb = _origin_and_verb(job, adopted=adopted)
        job.consent = Consent.objects.filter(clone_jobs=job.pk).first()  # as it stands now
        voice = upsert_voice(
            team=job.team, account=job.account, upstream=upstream, origin=origin, job=job, now=context.now()
        )
        facts = {"voice_id": voice.voice_id, "job": str(job.pk)}
        facts |= {"replaces": str(job.replaces_id)} if job.replaces_id else {}
        facts |= {"quarantine": "entered"} if voice.is_quarantined(context.now()) else {}
        audit.record(actor=job.actor, team=job.team, verb=verb, thing=voice, **facts)
        CREATED.write(team=job.team, now=context.now(), about=job.actor, voice=voice_facts(voice))
    return voice


def fail(
    job: CloneJob, context: WorkerContext, *, problem: str, message: str, fields: Any = (), **facts: Any
) -> bool:
    """Mark the job failed, with a message for its person. Return False if someone else won."""
    columns = {"problem": problem, "message": message[:500], "field_errors": [list(pair) for pair in fields]}
    with transaction.atomic():
        moved = job.move(State.FAILED, worker_id=context.worker_id, **columns, **context.ended(), **facts)
        if moved:
            audit.record(actor=job.actor, team=job.team, verb="clone.failed", thing=job, problem=problem)
            details = {"clone": clone_facts(job), "problem": str(problem), "message": message[:500]}
            CLONE_FAILED.write(team=job.team, now=context.now(), about=job.actor, **details)
    return moved


def fail_with(job: CloneJob, context: WorkerContext, error: AltheaError, **facts: Any) -> bool:
    """Mark the job failed by Althea's error, and record what that proves about the key.

    Return False if someone else won.
    """
    with transaction.atomic():
        if job.key is not None:
            record_verdict(key=job.key, error=error, now=context.now(), team=job.team)
        return fail(job, context, problem=error.problem, message=error.message, fields=error.fields, **facts)


def fail_name_taken(job: CloneJob, context: WorkerContext) -> bool:
    """Mark the job failed: another voice has its name. Return False if someone else won."""
    message = name_taken(job.account, job.name) + kept_note(job)
    fields = [("name", message)]
    return fail(job, context, problem=Problem.NAME_TAKEN, message=message, fields=fields, in_doubt=False)


def wait(job: CloneJob, context: WorkerContext, error: AltheaError, **facts: Any) -> bool:
    """Put the job off until its next attempt, or fail it after the last. Return False if someone else won."""
    attempts = job.attempts + 1
    hopeless = isinstance(error, NotSentError) and error.permanent
    if hopeless or attempts > MAX_WAITS.get(error.problem, MAX_WAITS_ELSE):
        return fail_with(job, context, error, attempts=attempts, **facts)
    columns = {"attempts": attempts, "problem": error.problem.value, "message": error.message[:500], **facts}
    columns |= context.due_in(context.policy.wait_after(error, attempts))
    return job.move(State.WAITING, worker_id=context.worker_id, **columns)


def lookup_failed(job: CloneJob, context: WorkerContext, error: AltheaError) -> bool:
    """Move a job whose look-up before the send failed. Return False if someone else won."""
    if AFTER_LOOKUP[error.problem] == State.WAITING:
        return wait(job, context, error)
    return fail_with(job, context, error)


def send_failed(job: CloneJob, context: WorkerContext, error: AltheaError, *, was_in_doubt: bool) -> bool:
    """Move a job whose POST was refused, not sent, or not answered. Return False if someone else won.

    "Name taken" is looked up: the name was free just before the send, so its voice is from one of our sends. A 503 may
    have succeeded, a 429 has not. A send that certainly created nothing does not count, so that the one resend after a
    later unknown outcome stays available. What is invalid now was invalid the first time, so nothing was created then.
    """
    state = AFTER_POST[error.problem]
    if state == State.UNKNOWN:
        problem = (
            Problem.NAME_TAKEN
            if error.problem == Problem.NAME_TAKEN and not was_in_doubt
            else Problem.UNKNOWN
        )
        return mark_unknown(job, context, message=error.message, problem=problem)
    may_have_landed = error.status == 503
    in_doubt = may_have_landed or (was_in_doubt and error.problem != Problem.INVALID)
    facts = {"in_doubt": in_doubt, "sends": job.sends - (not may_have_landed)}
    if state == State.WAITING:
        return wait(job, context, error, **facts)
    return fail_with(job, context, error, **facts)


def lookup_waits(job: CloneJob, policy: RetryPolicy, *, problem: str = "") -> tuple[float, ...]:
    """Return the seconds after an unanswered send at which it is looked up."""
    if (problem or job.problem) == Problem.NAME_TAKEN:
        return policy.taken_lookups
    return policy.lookups if job.sends <= 1 else policy.last_lookups


def look_up_at(job: CloneJob, context: WorkerContext, wait: float) -> datetime:
    """Return when the look-up `wait` seconds after the send is due, but not before half of `wait` from now.

    Otherwise a send that took its whole deadline of 150 s would use up all its look-ups at once.
    """
    now = context.now()
    sent_at = min(job.sent_at or now, now)  # in the future, because the clock was set back since
    return max(sent_at + timedelta(seconds=wait), now + timedelta(seconds=wait / 2))


def mark_unknown(
    job: CloneJob, context: WorkerContext, *, message: str, problem: Problem = Problem.UNKNOWN, **facts: Any
) -> bool:
    """Mark the job's outcome unknown, to be looked up soon after its send. Return False if someone else won."""
    due = look_up_at(job, context, lookup_waits(job, context.policy, problem=problem)[0])
    columns = {"problem": problem.value, "message": message[:500], "lookups": 0, **facts}
    return job.move(State.UNKNOWN, worker_id=context.worker_id, due_at=due, lease_until=None, **columns)


def not_found(job: CloneJob, context: WorkerContext, *, was_answered: bool) -> bool:
    """Plan the next look-up of a job still unknown, one more send, or fail it. Return False if someone else won.

    `was_answered`: the last look-up was answered and found nothing; otherwise nothing is sent again.
    """
    waits = lookup_waits(job, context.policy)
    planned = (job.sent_at or context.now()) + timedelta(seconds=waits[min(job.lookups, len(waits) - 1)])
    if context.now() < planned:
        # A person requested this one. It does not count: look-ups used up within seconds would have the recording
        # sent again while Althea is still creating the voice.
        return _look_again_at(job, context, planned)
    lookups = job.lookups + 1
    if lookups < len(waits):
        return _look_again_at(job, context, look_up_at(job, context, waits[lookups]), lookups=lookups)
    if was_answered and job.problem == Problem.NAME_TAKEN:
        return fail_name_taken(job, context)
    if was_answered and job.sends <= 1:
        return job.move(State.READY, worker_id=context.worker_id, **context.due_in(0))
    return fail(job, context, problem=Problem.UNKNOWN, message=STILL_UNKNOWN if was_answered else NOT_LOOKED)


def _look_again_at(job: CloneJob, context: WorkerContext, due: datetime, **facts: Any) -> bool:
    return job.update_if_held(
        context.worker_id, Q(state=State.UNKNOWN), due_at=due, lease_until=None, **facts
    )


def give_up(job: CloneJob, context: WorkerContext) -> bool:
    """Fail a job after too many internal errors; `in_doubt` stays. Return False if someone else won."""
    return fail(job, context, problem="crash", message=internal_error_message(f".{kept_note(job)}"))


def crashed(job: CloneJob, context: WorkerContext) -> bool:
    """Put a job off after an internal error; the fifth one fails it. Return False if someone else won."""
    crashes = job.crashes + 1
    if not job.is_live:
        return False
    if job.state == State.SENDING:
        return mark_unknown(job, context, message="", crashes=crashes)
    if crashes >= MAX_CRASHES:
        return give_up(job, context)
    columns = {"crashes": crashes, **context.due_in(context.policy.crash * 2**crashes)}
    return job.update_if_held(context.worker_id, Q(state=job.state), **columns)


def release(job: CloneJob, context: WorkerContext) -> bool:
    """Release a job that a stopping worker still holds. Return False if someone else won."""
    if job.state == State.SENDING:
        return mark_unknown(
            job, context, message="The worker was stopped while Althea was creating the voice."
        )
    return job.update_if_held(context.worker_id, lease_until=None)
