"""What a person does to a clone job: submit, retry, cancel. What the worker does to it: clone_steps.py."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from voices import audit
from voices.access import Verb, require
from voices.models import ApiKey, CloneJob, Membership, Sample, State, Voice

Now = Callable[[], datetime]


class NameInUseError(Exception):
    """The account has a voice, or a clone under way, of this name; the message is for beside the name field."""


class NotPossibleError(Exception):
    """The job has moved on meanwhile, so this can no longer be done; the message is for the person."""


def submitted_before(*, member: Membership, form_token: UUID) -> CloneJob | None:
    """The job that this very form has made already: a double click or a reload gives the same one."""
    return CloneJob.objects.filter(form_token=form_token, actor=member.user, team=member.team).first()


def require_free_name(key: ApiKey, name: str) -> None:
    """Passes if neither a voice we know nor a live job of the key's account has the name. Raises NameInUseError."""
    if Voice.objects.filter(account=key.account_id, name=name, gone_at=None).exists():
        raise NameInUseError(
            f"You already have a voice called “{name}” in the account {key.account}. "
            "Choose another name; your recording is kept."
        )
    if CloneJob.objects.live().filter(account=key.account_id, name=name).exists():
        raise NameInUseError(
            f"A clone called “{name}” is already under way in the account {key.account}. "
            "Choose another name; your recording is kept."
        )


def submit_clone(
    *,
    member: Membership,
    key: ApiKey,
    sample: Sample,
    name: str,
    description: str,
    language: str,
    form_token: UUID,
    now: Now = timezone.now,
) -> CloneJob:
    """A job that the worker takes up at once; the same form sent twice gives the first job.

    Raises PermissionDenied, NameInUseError, NotPossibleError (the key has no account yet).
    """
    require(member, Verb.CLONE)
    if first := submitted_before(member=member, form_token=form_token):
        return first
    if not key.can_clone or key.owner_id != member.user.pk:
        raise NotPossibleError("This key is not ready for cloning. Test it on the Keys page first.")
    job = CloneJob(
        team=member.team, actor=member.user, key=key, account=key.account, sample=sample, form_token=form_token,
        name=name, description=description, language=language, due_at=now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            require_free_name(key, name)
            job.save(force_insert=True)
            Sample.objects.filter(pk=sample.pk).update(used_at=now())
            audit.record(
                actor=member.user, team=member.team, verb="clone.submitted", thing=job, sample=sample.sha256
            )
    except IntegrityError:
        # Lost a race against the same form (its job is the answer) or against the same name (told as such).
        if first := submitted_before(member=member, form_token=form_token):
            return first
        require_free_name(key, name)
        raise
    return job


def can_retry(job: CloneJob) -> bool:
    """Whether trying again unchanged could help; a name that is taken stays taken."""
    return job.state == State.FAILED and job.problem not in {"name_taken", "invalid"}


def can_cancel(job: CloneJob) -> bool:
    """Whether nothing has been sent that could become a voice."""
    return job.state in {State.READY, State.WAITING} and not job.in_doubt


def retry_clone(*, member: Membership, job: CloneJob, now: Now = timezone.now) -> CloneJob:
    """The failed job, ready once more. Raises NotPossibleError, NameInUseError."""
    require(member, Verb.CLONE)
    if not can_retry(job):
        raise NotPossibleError("This clone cannot be tried again as it is. Start a new one.")
    # `in_doubt` stays: a voice that an earlier send left at Althea is still ours to adopt.
    fresh: dict[str, Any] = dict.fromkeys(("attempts", "sends", "lookups", "crashes"), 0)
    fresh |= {"problem": "", "message": "", "field_errors": [], "ended_at": None, "lease_until": None}
    try:
        with transaction.atomic():
            if not job.move(State.READY, due_at=now(), **fresh):
                raise NotPossibleError("This clone has moved on meanwhile. Look at it again.")
            audit.record(actor=member.user, team=member.team, verb="clone.retried", thing=job)
    except IntegrityError as problem:
        raise NameInUseError(f"Another clone called “{job.name}” is under way.") from problem
    return job


def cancel_clone(*, member: Membership, job: CloneJob, now: Now = timezone.now) -> CloneJob:
    """The job, cancelled before anything was sent. Raises NotPossibleError."""
    require(member, Verb.CLONE)
    if not can_cancel(job):
        raise NotPossibleError("This clone is already being made, so it can no longer be cancelled.")
    with transaction.atomic():
        if not job.move(State.CANCELLED, ended_at=now(), lease_until=None):
            raise NotPossibleError("This clone has moved on meanwhile. Look at it again.")
        audit.record(actor=member.user, team=member.team, verb="clone.cancelled", thing=job)
    return job
