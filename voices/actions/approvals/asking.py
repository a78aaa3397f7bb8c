"""Which changes the two-person rule covers, and asking for the approval that they wait for.

What was asked for is held as a row of its queue, a clone job or a bulk change, in a state that no worker claims.
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
    """The change was not made but asked for: `run` is held until a second person approves it."""

    def __init__(self, run: BulkRun) -> None:
        super().__init__(WAITS)
        self.run = run


def is_ruled(team: Team) -> bool:
    """Whether the two-person rule is on in the team now."""
    return Team.objects.filter(pk=team.pk, two_person_rule=True).exists()


def covers_clone(job: CloneJob, consent: Consent) -> bool:
    """Whether the rule covers the clone: all but of the own voice, and each that brings back a voice."""
    return consent.basis != Basis.OWN or job.replaces_id is not None


def covered_kind(verb: str, argument: Any) -> ApprovalKind | None:
    """Return as what the rule covers a change of voices, or None if it does not."""
    if verb == BulkVerb.DELETE:
        return ApprovalKind.DELETE
    is_approval = verb == BulkVerb.STAGE and argument.get("stage") == Stage.APPROVED
    return ApprovalKind.STAGE if is_approval else None


def was_approved(**held: CloneJob | BulkRun) -> bool:
    """Whether a second person has approved that `job` or `run`."""
    return Approval.objects.filter(**held, state=ApprovalState.APPROVED).exists()


def must_wait_for_clone(job: CloneJob, consent: Consent) -> bool:
    """Whether the clone may not be sent before somebody has approved it."""
    return covers_clone(job, consent) and is_ruled(job.team) and not was_approved(job=job)


def must_wait_for_run(run: BulkRun) -> bool:
    """Whether the bulk change may not start before somebody has approved it."""
    return (
        covered_kind(run.verb, run.argument) is not None and is_ruled(run.team) and not was_approved(run=run)
    )


def ask_for_clone(*, member: Membership, job: CloneJob, now: datetime) -> Approval:
    """Ask for the approval of a held clone; call it in the change's transaction."""
    return _ask(member, now, kind=ApprovalKind.CLONE, subject=f"“{job.name}”", job=job)


def ask_for_run(*, member: Membership, run: BulkRun, now: datetime) -> Approval:
    """Ask for the approval of a held bulk change; call it in the change's transaction.

    Raises NotPossibleError if the same waits for approval already for its only voice.
    """
    kind = covered_kind(run.verb, run.argument)
    items = list(BulkItem.objects.filter(run=run, state=ItemState.WAITING).order_by("pk")[:2])
    if len(items) != 1:
        count = BulkItem.objects.filter(run=run, state=ItemState.WAITING).count()
        return _ask(member, now, kind=kind, subject=f"{count:,} voices", run=run)
    _require_first(kind, items[0].voice_id)
    subject = f"“{items[0].name}”"
    try:
        with transaction.atomic():
            return _ask(member, now, kind=kind, subject=subject, run=run, voice_id=items[0].voice_id)
    except IntegrityError as problem:
        raise NotPossibleError("Someone just asked for this. It's waiting for approval.") from problem


def _require_first(kind: ApprovalKind | None, voice_id: UUID | None) -> None:
    before = Approval.objects.waiting().filter(kind=kind, voice=voice_id).first()
    if before is not None:
        raise NotPossibleError(f"{before.requester_name} already asked for this. It's waiting for approval.")


def _ask(member: Membership, now: datetime, **columns: Any) -> Approval:
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
    """Withdraw what waits for the approval of that `job` or `run`, which is cancelled in the same transaction."""
    for approval in Approval.objects.waiting().filter(**held):
        columns = {"decided_by": member.user, "decided_by_name": member.user.shown_name, "decided_at": now}
        if approval.move(ApprovalState.WITHDRAWN, **columns):
            audit.record_by(member, "approval.withdrawn", approval, **_about(approval))
