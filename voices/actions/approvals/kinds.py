"""What an approval is about: one entry per kind says what going on, and not going on, means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from voices.access import Verb
from voices.actions.bulk.submit import cancel_bulk, drop_held_run, release_held_run
from voices.actions.clone.submit import cancel_clone, drop_held, release_held
from voices.models import Approval, ApprovalKind, BulkState, ItemState, Membership, State, Voice


@dataclass(frozen=True)
class Kind:
    """How a kind of approval goes on.

    `verb` is what who asked must still be allowed. `lost` says why there is nothing left to decide, as a sentence, ""
    if there is. `go_on` lets the held row into its queue in the name of who asked, and raises NotPossibleError or
    NameInUseError where that is not possible now. `drop` ends it with a message, `cancel` for the person who asked.
    """

    verb: Callable[[Approval], Verb]
    lost: Callable[[Approval], str]
    go_on: Callable[[Approval, Membership, datetime], object]
    drop: Callable[[Approval, str, datetime], object]
    cancel: Callable[[Approval, Membership, datetime], object]


# --- a clone ---------------------------------------------------------------------------------------


def _clone_verb(approval: Approval) -> Verb:
    return Verb.CLONE_AGAIN if approval.job and approval.job.replaces_id else Verb.CLONE


def _lost_clone(approval: Approval) -> str:
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


def _lost_run(approval: Approval) -> str:
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


def _run_kind(verb: Verb) -> Kind:
    return Kind(lambda _: verb, _lost_run, _start_run, _drop_run, _cancel_run)


KINDS: Mapping[str, Kind] = {
    ApprovalKind.CLONE: Kind(_clone_verb, _lost_clone, _send, _drop_clone, _cancel_clone),
    ApprovalKind.DELETE: _run_kind(Verb.DELETE_VOICE),
    ApprovalKind.STAGE: _run_kind(Verb.ORGANISE),
}
