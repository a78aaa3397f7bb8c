"""Which changes the two-person rule covers, and requests for their approval.

The change itself is held as a row of its queue, a clone job or a bulk change, in a state that no worker claims.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from voices import audit
from voices.actions import NotPossibleError
from voices.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Basis,
    BulkItem,
    BulkRun,
    BulkVerb,
    CloneJob,
    Consent,
    ItemState,
    Membership,
    Stage,
    Team,
)

WAITS_FOR = timedelta(days=14)
WAITS = "Your team requires a second person for this. It waits until another editor or admin approves it."


class WaitsForApprovalError(NotPossibleError):
    """The change needs approval and was not made: `run` is held until a second person approves it."""

    def __init__(self, run: BulkRun) -> None:
        super().__init__(WAITS)
        self.run = run


def has_two_person_rule(team: Team) -> bool:
    """Whether the team has turned the two-person rule on, as the database says now."""
    return Team.objects.filter(pk=team.pk, two_person_rule=True).exists()


def covers_clone(job: CloneJob, consent: Consent) -> bool:
    """Whether the rule covers the clone: one of somebody else's voice, or one that replaces a voice."""
    return consent.basis != Basis.OWN or job.replaces_id is not None


def covered_kind(verb: str, argument: Any) -> ApprovalKind | None:
    """Return the kind of approval that a change of voices needs under the rule; None for none."""
    if verb == BulkVerb.DELETE:
        return ApprovalKind.DELETE
    is_approval = verb == BulkVerb.STAGE and argument.get("stage") == Stage.APPROVED
    return ApprovalKind.STAGE if is_approval else None


def was_approved(**held: CloneJob | BulkRun) -> bool:
    """Whether a second person has approved the given `job` or `run`."""
    return Approval.objects.filter(**held, state=ApprovalState.APPROVED).exists()


def clone_needs_approval(job: CloneJob, consent: Consent) -> bool:
    """Whether the clone must be approved before it is sent."""
    return covers_clone(job, consent) and has_two_person_rule(job.team) and not was_approved(job=job)


def run_needs_approval(run: BulkRun) -> bool:
    """Whether the bulk change must be approved before it starts."""
    return (
        covered_kind(run.verb, run.argument) is not None
        and has_two_person_rule(run.team)
        and not was_approved(run=run)
    )


def request_clone_approval(*, member: Membership, job: CloneJob, now: datetime) -> Approval:
    """Request approval of a held clone, in the transaction of the caller."""
    return _create_request(member, now, kind=ApprovalKind.CLONE, subject=f"“{job.name}”", job=job)


def request_run_approval(*, member: Membership, run: BulkRun, now: datetime) -> Approval:
    """Request approval of a held bulk change, in the transaction of the caller.

    Raises NotPossibleError if it is about one voice, for which the same request is already waiting.
    """
    kind = covered_kind(run.verb, run.argument)
    items = list(BulkItem.objects.filter(run=run, state=ItemState.WAITING).order_by("pk")[:2])
    if len(items) != 1:
        count = BulkItem.objects.filter(run=run, state=ItemState.WAITING).count()
        return _create_request(member, now, kind=kind, subject=f"{count:,} voices", run=run)
    _require_no_duplicate(kind, items[0].voice_id)
    subject = f"“{items[0].name}”"
    try:
        with transaction.atomic():
            return _create_request(
                member, now, kind=kind, subject=subject, run=run, voice_id=items[0].voice_id
            )
    except IntegrityError as problem:
        raise NotPossibleError("Someone just asked for this. It's waiting for approval.") from problem


def _require_no_duplicate(kind: ApprovalKind | None, voice_id: UUID | None) -> None:
    before = Approval.objects.waiting().filter(kind=kind, voice=voice_id).first()
    if before is not None:
        raise NotPossibleError(f"{before.requester_name} already asked for this. It's waiting for approval.")


def _create_request(member: Membership, now: datetime, **columns: Any) -> Approval:
    approval = Approval.objects.create(
        team=member.team, requester=member.user, requester_name=member.user.shown_name,
        requested_at=now, expires_at=now + WAITS_FOR, **columns,
    )  # fmt: skip
    audit.record_by(member, "approval.requested", approval, **_about(approval))
    return approval


def _about(approval: Approval) -> dict[str, str]:
    ids = {"job": approval.job_id, "run": approval.run_id, "voice": approval.voice_id}
    return {name: str(pk) for name, pk in ids.items() if pk}


def withdraw_waiting(*, member: Membership, now: datetime, **held: CloneJob | BulkRun) -> None:
    """Withdraw the request for a `job` or `run` that is cancelled in the same transaction."""
    for approval in Approval.objects.waiting().filter(**held):
        columns = {"decided_by": member.user, "decided_by_name": member.user.shown_name, "decided_at": now}
        if approval.move(ApprovalState.WITHDRAWN, **columns):
            audit.record_by(member, "approval.withdrawn", approval, **_about(approval))
