"""The effects of approving and refusing: one handler per kind of approval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voices.access import Verb
from voices.actions.bulk.submit import cancel_bulk, drop_held_run, release_held_run
from voices.actions.clone.submit import cancel_clone, drop_held, release_held
from voices.models import Approval, ApprovalKind, BulkState, ItemState, Membership, State, Voice


@dataclass(frozen=True)
class ApprovalHandler:
    """What happens to the held clone job or bulk change of an approval.

    `verb` is the permission that the requester must still have. `reason_moot` returns why there is nothing left to
    decide, as a sentence, or "". `proceed` queues the held row on behalf of the requester; it raises NotPossibleError
    or NameInUseError if that is no longer possible. `drop` ends it with a message, `cancel` at the requester's wish.
    """

    verb: Callable[[Approval], Verb]
    reason_moot: Callable[[Approval], str]
    proceed: Callable[[Approval, Membership, datetime], object]
    drop: Callable[[Approval, str, datetime], object]
    cancel: Callable[[Approval, Membership, datetime], object]


# --- a clone ---------------------------------------------------------------------------------------


def _clone_verb(approval: Approval) -> Verb:
    return Verb.CLONE_AGAIN if approval.job and approval.job.replaces_id else Verb.CLONE


def _clone_moot(approval: Approval) -> str:
    is_there = approval.job is not None and approval.job.state == State.HELD
    return "" if is_there else "This clone is no longer waiting for approval."


def _send(approval: Approval, requester: Membership, now: datetime) -> None:
    if approval.job is not None:
        release_held(member=requester, job=approval.job, now=now)


def _drop_clone(approval: Approval, message: str, now: datetime) -> None:
    if approval.job is not None:
        drop_held(job=approval.job, message=message, now=now)


def _cancel_clone(approval: Approval, member: Membership, now: datetime) -> None:
    if approval.job is not None:
        cancel_clone(member=member, job=approval.job, now=now)


# --- a change of voices ----------------------------------------------------------------------------


def _run_moot(approval: Approval) -> str:
    if approval.run is None or approval.run.state != BulkState.HELD:
        return "This change is no longer waiting for approval."
    waiting = approval.run.items.filter(state=ItemState.WAITING)
    voices = Voice.objects.of_team(approval.team).filter(pk__in=waiting.values("voice"))
    if approval.kind == ApprovalKind.STAGE:
        voices = voices.exclude(stage=approval.run.argument.get("stage", ""))
    return (
        ""
        if voices.exists()
        else "There's nothing left to do: the change was already made, or the voices were deleted."
    )


def _start_run(approval: Approval, requester: Membership, now: datetime) -> None:
    if approval.run is not None:
        release_held_run(run=approval.run, now=now)


def _drop_run(approval: Approval, message: str, now: datetime) -> None:
    if approval.run is not None:
        drop_held_run(run=approval.run, message=message, now=now)


def _cancel_run(approval: Approval, member: Membership, now: datetime) -> None:
    if approval.run is not None:
        cancel_bulk(member=member, run=approval.run, now=now)


def _run_handler(verb: Verb) -> ApprovalHandler:
    return ApprovalHandler(lambda _: verb, _run_moot, _start_run, _drop_run, _cancel_run)


HANDLERS: Mapping[str, ApprovalHandler] = {
    ApprovalKind.CLONE: ApprovalHandler(_clone_verb, _clone_moot, _send, _drop_clone, _cancel_clone),
    ApprovalKind.DELETE: _run_handler(Verb.DELETE_VOICE),
    ApprovalKind.STAGE: _run_handler(Verb.ORGANISE),
}
