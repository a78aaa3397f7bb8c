"""What a person does to a clone job: submit, retry, cancel, dismiss. The worker's part is clone/steps.py.

A job without a recording is submitted by voice/create.py; all else holds for it as well.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, NoReturn, NotRequired, TypedDict, Unpack
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, clone_quota_of, quota_reached_message, require
from voices.actions import NotPossibleError
from voices.actions.approvals.asking import ask_for_clone, must_wait_for_clone, withdraw_waiting
from voices.actions.consents.stating import keep_consent, require_complete
from voices.actions.voice.names import NameInUseError, require_free_name
from voices.kit.origin import current_request_id
from voices.models import AltheaAccount, ApiKey, CloneJob, Consent, Membership, Sample, State, Voice

NOT_ALLOWED = "not_allowed"  # the problem of a job whose person left the team, or became a viewer
NOT_APPROVED = "not_approved"
WITHDRAWN = "The request for approval was withdrawn."
RECORDING_KEPT = " Your recording is kept."
SETTINGS_KEPT = " Your settings are kept."


class QuotaReachedError(NotPossibleError):
    """The member has used this month's clones. The message says when they may clone again, and whom to ask."""


class FormValues(TypedDict):
    """What a person chose in a clone form.

    `consent` is what they now state about the recording (unsaved), or one that was stated for it before.
    """

    key: ApiKey
    name: str
    description: str
    language: str
    consent: Consent
    form_token: UUID


class CloneValues(FormValues):
    """The same with the recording, how its file was called this time, and the deleted or gone voice to replace."""

    sample: Sample
    filename: NotRequired[str]
    replaces: NotRequired[Voice | None]


def kept_note(job: CloneJob) -> str:
    """Return the end of a message: that what the job sends is kept."""
    return RECORDING_KEPT if job.is_clone else SETTINGS_KEPT


def submitted_before(*, member: Membership, **values: Unpack[CloneValues]) -> CloneJob | None:
    """Return the job that this form created with the same values, as after a double click or a reload; else None.

    A browser that goes back shows the same form again, but what is sent then may be another recording.
    """
    return same_as(_draft(member, values))


def same_as(job: CloneJob) -> CloneJob | None:
    """Return the job that the same form created with the same values; None if there is none."""
    return CloneJob.objects.filter(form_token=job.form_token).first()


def _draft(member: Membership, values: CloneValues) -> CloneJob:
    """Return the job that the values ask for, unsaved and without an account."""
    sample, replaces = values["sample"], values.get("replaces")
    return CloneJob(
        team=member.team,
        actor=member.user,
        key=values["key"],
        sample=sample,
        replaces=replaces,
        form_token=_content_token(member, values),
        name=values["name"],
        description=values["description"],
        language=values["language"],
        filename=(values.get("filename") or sample.filename)[:200],
    )


def _content_token(member: Membership, values: CloneValues) -> UUID:
    """Return the id of the form together with what it was sent with."""
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
    """Return the account of the member's key. Raises NotPossibleError if the key cannot make voices."""
    if not key.can_clone or key.account is None or key.owner_id != member.user.pk:
        raise NotPossibleError("This key is not ready for cloning. Test it on the Keys page first.")
    return key.account


def _require_own(sample: Sample | None, member: Membership) -> None:
    if sample is None or sample.team_id != member.team.pk:
        raise NotPossibleError("This recording doesn't belong to your team. Choose the file again.")


def _raise_conflict(job: CloneJob) -> NoReturn:
    """Raise what the database's refusal of a new job means: it lost a race."""
    require_free_name(job.account, job.name, note=RECORDING_KEPT)
    if job.sample_id and not Sample.objects.filter(pk=job.sample_id).exists():
        raise NotPossibleError("The recording is no longer stored. Choose the file again.")
    raise NotPossibleError("Another clone with this name was sent at the same moment. Send this one again.")


def require_quota(member: Membership, now: datetime) -> None:
    """Raise QuotaReachedError if the member has used this month's clones; call it in the change's transaction.

    It locks the membership: of two tabs, the second one waits here, and counts the first one's clone. Staff from
    outside the team only retry what others have begun, and have no quota.
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
    is_held = must_wait_for_clone(job, consent)
    job.state = State.HELD if is_held else State.READY
    consent = job.consent = keep_consent(consent, member=member, sample=sample, now=job.due_at)
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
        ask_for_clone(member=member, job=job, now=job.due_at)


def submit_clone(*, member: Membership, now: datetime, **values: Unpack[CloneValues]) -> CloneJob:
    """Create a job that is due at once. Return it, or the first job if the same form was sent with the same values.

    It is held for approval where the two-person rule covers it. Raises PermissionDenied, NameInUseError,
    ConsentError, QuotaReachedError, NotPossibleError (the key has no account yet).
    """
    require(member, Verb.CLONE)
    job = _draft(member, values)
    if first := same_as(job):
        return first
    require_complete(values["consent"], team=member.team, now=now)
    job.account = require_usable_key(member=member, key=values["key"])
    _require_own(job.sample, member)
    job.due_at = now
    try:
        with transaction.atomic():
            _add(member, job, values["sample"], values["consent"])
    except (IntegrityError, NameInUseError, QuotaReachedError) as problem:
        # Lost a race against the same form (its job is the answer, and has the name) or against the same name.
        if first := same_as(job):
            return first
        if not isinstance(problem, IntegrityError):
            raise
        _raise_conflict(job)
    return job


def can_retry(job: CloneJob) -> bool:
    """Whether retrying the job unchanged could help."""
    return job.can_be_retried


def can_cancel(job: CloneJob) -> bool:
    """Whether nothing has been sent that could become a voice, or nothing is sent again before an approval."""
    return job.state == State.HELD or (job.state in {State.READY, State.WAITING} and not job.in_doubt)


def retry_clone(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Make the failed job ready again, and return it. Raises NotPossibleError, NameInUseError, QuotaReachedError.

    The name is checked again: meanwhile another job may have created a voice of it. A job that the two-person rule
    covers by now is held, unless it was approved before.
    """
    require(member, Verb.CLONE)
    if not can_retry(job):
        raise NotPossibleError("This clone cannot be tried again as it is. Start a new one.")
    if job.is_clone and (job.consent is None or job.consent.has_ended(now)):
        raise NotPossibleError("No valid consent covers this recording. Edit the clone and add one.")
    # `in_doubt` stays: a voice that an earlier send left at Althea is still ours to adopt.
    fresh: dict[str, Any] = dict.fromkeys(("attempts", "sends", "lookups", "crashes"), 0)
    fresh |= {"problem": "", "message": "", "field_errors": [], "ended_at": None, "lease_until": None}
    fresh |= {"dismissed_at": None, "request_id": current_request_id()}
    try:
        with transaction.atomic():
            require_free_name(job.account, job.name, job=job.pk, note=kept_note(job))
            if job.is_clone:
                require_quota(member, now)
            is_held = job.consent is not None and must_wait_for_clone(job, job.consent)
            if not job.move(State.HELD if is_held else State.READY, due_at=now, **fresh):
                raise NotPossibleError("This clone has changed in the meantime. Reload its page.")
            audit.record_by(member, "clone.retried", job)
            if is_held:
                ask_for_clone(member=member, job=job, now=now)
    except IntegrityError as problem:
        raise NameInUseError(f"Another clone called “{job.name}” is in progress.") from problem
    return job


def look_now(*, member: Membership, job: CloneJob, now: datetime) -> CloneJob:
    """Have the voice of a job with an unknown outcome looked up at once, and return the job.

    The look-ups that are planned stay as they are: this one comes on top.
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
        # As it stands now and locked: a page may be older than the send that left it waiting in doubt.
        job.refresh_from_db(from_queryset=CloneJob.objects.select_for_update())
        if not can_cancel(job):
            raise NotPossibleError(
                "This voice is already being created, so the clone can't be cancelled any more."
            )
        if job.state == State.HELD:
            withdraw_waiting(member=member, now=now, job=job)
        if job.in_doubt:  # held before it is sent once more: what the first send left is still ours
            drop_held(job=job, message=WITHDRAWN, now=now)
        else:
            job.move(State.CANCELLED, ended_at=now, lease_until=None)
        audit.record_by(member, "clone.cancelled", job)
    return job


def drop_held(*, job: CloneJob, message: str, now: datetime) -> bool:
    """Mark a held job failed, as nobody approved it. Return False if it is held no more."""
    is_held = job.state == State.HELD
    return is_held and job.move(State.FAILED, problem=NOT_APPROVED, message=message[:500], ended_at=now)


def release_held(*, member: Membership, job: CloneJob, now: datetime) -> None:
    """Make a held job ready, which was approved: it is sent with the key of the member who asked for it.

    All that could have changed meanwhile is checked again. Raises NotPossibleError, NameInUseError.
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
