"""A person's actions on a clone job: submit, retry, cancel, dismiss. The worker's steps are in clone/steps.py.

A job without a recording is submitted by voice/create.py; everything else here applies to it, too.
"""

import json
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, NoReturn, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from voices import audit
from voices.access import Verb, clone_quota_of, quota_reached_message, require
from voices.actions import NotPossibleError
from voices.actions.approvals.requests import clone_needs_approval, request_clone_approval, withdraw_waiting
from voices.actions.consents.stating import require_complete, store_consent
from voices.actions.voice.names import NameInUseError, require_free_name
from voices.kit.origin import current_request_id
from voices.models import AltheaAccount, ApiKey, CloneJob, Consent, Membership, Sample, State, Voice

NOT_ALLOWED = "not_allowed"  # the problem of a job whose person left the team or lost the right to clone
NOT_APPROVED = "not_approved"
WITHDRAWN = "The request for approval was withdrawn."
RECORDING_KEPT = " Your recording is kept."
SETTINGS_KEPT = " Your settings are kept."


class QuotaReachedError(NotPossibleError):
    """The member has used up this month's clones. The message says when they can clone again and whom to ask."""


class IdempotencyKeyReusedError(NotPossibleError):
    """A program sent an idempotency key again, with something else than the first time."""


class FormValues(TypedDict):
    """A person's choices in a clone form.

    `consent` is a new one for the recording (unsaved), or one recorded before.
    `idempotency_key` is given by a program: unlike a form, it may not be sent again with other values.
    """

    key: ApiKey
    name: str
    description: str
    language: str
    consent: Consent
    form_token: UUID
    idempotency_key: NotRequired[UUID | None]


class CloneValues(FormValues):
    """The form's values with the recording, the name of its file, and the deleted or missing voice to replace."""

    sample: Sample
    filename: NotRequired[str]
    replaces: NotRequired[Voice | None]


def kept_note(job: CloneJob) -> str:
    """Return the end of a message, which says that the recording or the settings are kept."""
    return RECORDING_KEPT if job.is_clone else SETTINGS_KEPT


def submitted_before(*, member: Membership, **values: Unpack[CloneValues]) -> CloneJob | None:
    """Return the job created by the same form with the same values, as after a double click; None if there is none.

    A form that is shown again by the back button may be submitted with another recording.
    """
    return find_duplicate(_draft(member, values))


def find_duplicate(job: CloneJob) -> CloneJob | None:
    """Return the job created by the same form with the same values; None if there is none.

    Raises IdempotencyKeyReusedError for a program's key that created a job with other values.
    """
    same = Q(form_token=job.form_token)
    if job.idempotency_key is not None:
        same |= Q(idempotency_key=job.idempotency_key)
    first = CloneJob.objects.filter(same).first()
    if first is not None and first.form_token != job.form_token:
        raise IdempotencyKeyReusedError(
            f"This idempotency key was sent before, for “{first.name}” and with other content."
        )
    return first


def _draft(member: Membership, values: CloneValues) -> CloneJob:
    """Return an unsaved job with the values, without an account."""
    sample, replaces = values["sample"], values.get("replaces")
    return CloneJob(
        team=member.team,
        actor=member.user,
        key=values["key"],
        sample=sample,
        replaces=replaces,
        form_token=_content_token(member, values),
        idempotency_key=values.get("idempotency_key"),
        name=values["name"],
        description=values["description"],
        language=values["language"],
        filename=(values.get("filename") or sample.filename)[:200],
    )


def _content_token(member: Membership, values: CloneValues) -> UUID:
    """Return a UUID derived from the form's token and the submitted values."""
    consent, replaces = values["consent"], values.get("replaces")
    content = [values["name"], values["description"], values["language"], values["sample"].sha256]
    content += [
        consent.basis,
        consent.speaker,
        consent.proof,
        consent.relation,
        str(consent.expires_on or ""),
    ]
    content += [consent.statement.reference if consent.statement else "", str(consent.spoken_id or "")]
    content += [str(pk) for pk in (member.pk, values["key"].pk, replaces.pk if replaces else "")]
    return uuid5(values["form_token"], json.dumps(content))


def require_usable_key(*, member: Membership, key: ApiKey) -> AltheaAccount:
    """Return the account of the member's key. Raises NotPossibleError if the key cannot create voices."""
    if not key.can_clone or key.account is None or key.owner_id != member.user.pk:
        raise NotPossibleError("This key is not ready for cloning. Test it on the Keys page first.")
    return key.account


def _require_own(sample: Sample | None, member: Membership) -> None:
    if sample is None or sample.team_id != member.team.pk:
        raise NotPossibleError("This recording doesn't belong to your team. Choose the file again.")


def add_once(job: CloneJob, add: Callable[[], None]) -> CloneJob:
    """Add the new job, in a transaction. Return it, or the job of the same form if that was added meanwhile.

    Raises what `add` raises, and for a lost race against the same name NameInUseError or NotPossibleError.
    """
    try:
        with transaction.atomic():
            add()
    except (IntegrityError, NameInUseError, QuotaReachedError) as problem:
        # The same form's job is the answer: it has the name, and may have used up the quota.
        if first := find_duplicate(job):
            return first
        if isinstance(problem, IntegrityError):
            _raise_conflict(job)
        raise
    return job


def _raise_conflict(job: CloneJob) -> NoReturn:
    """Raise the error for a job that lost a race against a unique constraint."""
    require_free_name(job.account, job.name, note=RECORDING_KEPT if job.is_clone else "")
    if job.sample_id and not Sample.objects.filter(pk=job.sample_id).exists():
        raise NotPossibleError("The recording is no longer stored. Choose the file again.")
    raise NotPossibleError("Another voice with this name was sent at the same moment. Send this one again.")


def require_quota(member: Membership, now: datetime) -> None:
    """Raise QuotaReachedError if the member has used up this month's clones; call it in the change's transaction.

    It locks the membership, so that of two tabs, the second counts the first one's clone. Staff from outside the team
    only retry other people's clones and have no quota.
    """
    if member.as_staff:
        return
    rows = Membership.objects.select_for_update(of=("self",)).select_related("team", "user")
    locked = rows.filter(pk=member.pk).first()
    if locked is None:
        raise PermissionDenied("You're no longer in this team.")
    quota = clone_quota_of(locked, now)
    if quota is not None and not quota.left:
        raise QuotaReachedError(quota_reached_message(locked, quota))


def _add(member: Membership, job: CloneJob, sample: Sample, consent: Consent) -> None:
    """Save the job and the consent for its recording, with the audit entries."""
    require_quota(member, job.due_at)
    require_free_name(job.account, job.name, note=RECORDING_KEPT)
    stated = consent.stated_at
    is_held = clone_needs_approval(job, consent)
    job.state = State.HELD if is_held else State.READY
    consent = job.consent = store_consent(consent, member=member, sample=sample, now=job.due_at)
    job.save(force_insert=True)
    Sample.objects.filter(pk=sample.pk).update(used_at=job.due_at)
    facts = {"sample": sample.sha256, "consent": str(consent), "consent_id": str(consent.uid)}
    if stated is None:
        audit.record_by(member, "consent.stated", sample, **facts)
    facts |= {"replaces": str(job.replaces_id)} if job.replaces_id else {}
    audit.record(actor=job.actor, team=job.team, verb="clone.submitted", thing=job, **facts)
    if job.replaces is not None:
        audit.record(
            actor=job.actor, team=job.team, verb="voice.cloned_again", thing=job.replaces, job=str(job.pk)
        )
    if is_held:
        request_clone_approval(member=member, job=job, now=job.due_at)


def submit_clone(*, member: Membership, now: datetime, **values: Unpack[CloneValues]) -> CloneJob:
    """Create a job that is due at once. Return it, or the first job if the same form was sent with the same values.

    It is held for approval where the two-person rule covers it. Raises PermissionDenied, NameInUseError,
    ConsentError, QuotaReachedError, IdempotencyKeyReusedError, NotPossibleError (the key has no account yet).
    """
    require(member, Verb.CLONE)
    job = _draft(member, values)
    if first := find_duplicate(job):
        return first
    require_complete(values["consent"], team=member.team, now=now)
    job.account = require_usable_key(member=member, key=values["key"])
    _require_own(job.sample, member)
    job.due_at = now
    return add_once(job, lambda: _add(member, job, values["sample"], values["consent"]))


def can_retry(job: CloneJob) -> bool:
    """Whether retrying the job unchanged could succeed."""
    return job.can_be_retried


def can_cancel(job: CloneJob) -> bool:
    """Whether nothing was sent that could become a voice, or the resend still waits for approval."""
    return job.state == State.HELD or (job.state in {State.READY, State.WAITING} and not job.in_doubt)


def retry_clone(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Make the failed job ready again, and return it. Raises NotPossibleError, NameInUseError, QuotaReachedError.

    The name is checked again, as another job may have taken it. A job that is now covered by the two-person rule is
    held unless it was approved before.
    """
    require(member, Verb.CLONE)
    if not can_retry(job):
        raise NotPossibleError("This clone cannot be tried again as it is. Start a new one.")
    if job.is_clone and (job.consent is None or job.consent.has_ended(now)):
        raise NotPossibleError("No valid consent covers this recording. Edit the clone and add one.")
    # `in_doubt` stays: a voice from an earlier send can still be adopted.
    fresh: dict[str, Any] = dict.fromkeys(("attempts", "sends", "lookups", "crashes"), 0)
    fresh |= {"problem": "", "message": "", "field_errors": [], "ended_at": None, "lease_until": None}
    fresh |= {"dismissed_at": None, "request_id": current_request_id()}
    try:
        with transaction.atomic():
            require_free_name(job.account, job.name, job=job.pk, note=kept_note(job))
            if job.is_clone:
                require_quota(member, now)
            is_held = job.consent is not None and clone_needs_approval(job, job.consent)
            if not job.move(State.HELD if is_held else State.READY, due_at=now, **fresh):
                raise NotPossibleError("This clone has changed in the meantime. Reload its page.")
            audit.record_by(member, "clone.retried", job)
            if is_held:
                request_clone_approval(member=member, job=job, now=now)
    except IntegrityError as problem:
        raise NameInUseError(f"Another clone called “{job.name}” is in progress.") from problem
    return job


def look_up_now(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Request an immediate look-up for a job with an unknown outcome, and return the job.

    It is additional to the planned look-ups.
    """
    require(member, Verb.CLONE)
    with transaction.atomic():
        planned = CloneJob.objects.filter(pk=job.pk, state=State.UNKNOWN, due_at__gt=now)
        if planned.update(due_at=now):
            audit.record_by(member, "clone.looked_up", job)
    return job


def cancel_clone(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Cancel the job before anything is sent, and return it. Raises NotPossibleError."""
    require(member, Verb.CLONE)
    with transaction.atomic():
        # Read again and locked: the page may be older than a send with an unknown outcome.
        job.refresh_from_db(from_queryset=CloneJob.objects.select_for_update())
        if not can_cancel(job):
            raise NotPossibleError(
                "This voice is already being created, so the clone can't be cancelled any more."
            )
        if job.state == State.HELD:
            withdraw_waiting(member=member, now=now, job=job)
        if job.in_doubt:  # held before a resend: the voice of the first send can still be adopted
            drop_held(job=job, message=WITHDRAWN, now=now)
        else:
            job.move(State.CANCELLED, ended_at=now, lease_until=None)
        audit.record_by(member, "clone.cancelled", job)
    return job


def drop_held(*, job: CloneJob, message: str, now: datetime) -> bool:
    """Mark a held job failed that was not approved. Return False if it is no longer held."""
    is_held = job.state == State.HELD
    return is_held and job.move(State.FAILED, problem=NOT_APPROVED, message=message[:500], ended_at=now)


def release_held(*, member: Membership, job: CloneJob, now: datetime) -> None:
    """Make an approved job ready, to be sent with the key of its requester.

    Whatever may have changed meanwhile is checked again. Raises NotPossibleError, NameInUseError.
    """
    if job.key is None:
        raise NotPossibleError(f"{member.user.shown_name}'s key for this clone has been removed.")
    require_usable_key(member=member, key=job.key)
    _require_own(job.sample, member)
    if job.consent is None or job.consent.has_ended(now):
        raise NotPossibleError("The consent for this recording was withdrawn or has expired.")
    require_free_name(job.account, job.name, job=job.pk)
    if not job.move(State.READY, due_at=now):
        raise NotPossibleError("This clone is no longer waiting for approval.")


def dismiss_clone(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Hide the failed job from the library, and return it; its page stays. Raises NotPossibleError for any other."""
    require(member, Verb.CLONE)
    with transaction.atomic():
        failed = CloneJob.objects.filter(pk=job.pk, state=State.FAILED)
        if not failed.update(dismissed_at=now):
            raise NotPossibleError("Only failed clones can be dismissed.")
        audit.record_by(member, "clone.dismissed", job)
    return job


def dismiss_clones(*, member: Membership, ids: Collection[UUID], now: datetime) -> int:
    """Hide those of the jobs that are the member's own and failed, and return how many."""
    require(member, Verb.CLONE)
    with transaction.atomic():
        mine = CloneJob.objects.filter(pk__in=ids, team=member.team, actor=member.user)
        failed = list(mine.filter(state=State.FAILED, dismissed_at=None).select_for_update())
        CloneJob.objects.filter(pk__in=[job.pk for job in failed]).update(dismissed_at=now)
        for job in failed:
            audit.record_by(member, "clone.dismissed", job)
    return len(failed)
