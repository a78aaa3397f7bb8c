"""Deciding on what waits for approval: approve, decline, withdraw, and close what nobody can decide on any more."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from voices import audit
from voices.access import ROLE_VERBS, Verb, requester_of, require, require_approver
from voices.actions import NotPossibleError
from voices.actions.approvals.asking import WAITS_FOR
from voices.actions.approvals.kinds import KINDS
from voices.actions.voice.names import NameInUseError
from voices.models import Approval, ApprovalState, Membership

MAX_REMARK = 300
NOT_DECIDED = f"Nobody decided within {WAITS_FOR.days} days. Ask again if it's still needed."
NOT_THEIRS = "Only the person who asked for this can withdraw it."


def approve(*, member: Membership, approval: Approval, remark: str = "", now: datetime) -> Approval:
    """Approve the request: what was asked for goes on in the name, and with the key, of who asked. Return it.

    All that could have changed since is checked again. Raises PermissionDenied, NotPossibleError: it was decided, it
    cannot be decided any more (then it is closed), or it cannot go on now (then it still waits).
    """
    require_approver(member, approval)
    with transaction.atomic():
        approval = _waiting(approval)
        kind = KINDS[approval.kind]
        requester = requester_of(approval, kind.verb(approval))
        if reason := _reason_lost(approval, requester, now):
            _expire(approval, reason, now)
        elif requester is not None:
            _decide(member, approval, ApprovalState.APPROVED, remark, now)
            try:
                kind.go_on(approval, requester, now)
            except NameInUseError as problem:
                raise NotPossibleError(str(problem)) from problem
    if reason:
        raise NotPossibleError(reason)
    return approval


def decline(*, member: Membership, approval: Approval, remark: str = "", now: datetime) -> Approval:
    """Decline the request, so that nothing of it is done, and return it. Raises PermissionDenied, NotPossibleError."""
    require_approver(member, approval)
    with transaction.atomic():
        approval = _waiting(approval)
        _decide(member, approval, ApprovalState.DECLINED, remark, now)
        why = f": {approval.message}" if approval.message else "."
        KINDS[approval.kind].drop(approval, f"{member.user.shown_name} declined this{why}", now)
    return approval


def withdraw(*, member: Membership, approval: Approval, now: datetime) -> Approval:
    """Withdraw the member's own request, and return it. Raises PermissionDenied, NotPossibleError."""
    require(member, Verb.APPROVE)
    if approval.requester_id != member.user_id:
        raise PermissionDenied(NOT_THEIRS)
    with transaction.atomic():
        approval = _waiting(approval)
        KINDS[approval.kind].cancel(approval, member, now)
    approval.refresh_from_db()
    return approval


def _waiting(approval: Approval) -> Approval:
    """Return the request as it stands, locked until the end of the transaction. Raises NotPossibleError if decided."""
    locked = Approval.objects.with_parts().select_for_update(of=("self",)).get(pk=approval.pk)
    if locked.state == ApprovalState.WAITING:
        return locked
    who = f" by {locked.decided_by_name}" if locked.decided_by_name else ""
    raise NotPossibleError(f"This request was already {locked.get_state_display().lower()}{who}.")


def _decide(member: Membership, approval: Approval, state: ApprovalState, remark: str, now: datetime) -> None:
    columns = {"decided_by": member.user, "decided_by_name": member.user.shown_name, "decided_at": now}
    approval.move(state, message=remark.strip()[:MAX_REMARK], **columns)
    requester = approval.requester_name
    audit.record_by(member, f"approval.{state}", approval, requester=requester, remark=approval.message)


def _reason_lost(approval: Approval, requester: Membership | None, now: datetime) -> str:
    """Return why nobody can decide on the request any more, as a sentence; "" if somebody can."""
    if requester is None:
        return f"{approval.requester_name} left the team or can't do this any more."
    return NOT_DECIDED if now >= approval.expires_at else KINDS[approval.kind].lost(approval)


def _expire(approval: Approval, reason: str, now: datetime) -> None:
    approval.move(ApprovalState.EXPIRED, message=reason, decided_at=now)
    KINDS[approval.kind].drop(approval, reason, now)
    audit.record(actor=None, team=approval.team, verb="approval.expired", thing=approval, reason=reason)


def close_lost_approvals(*, now: datetime, limit: int = 100) -> int:
    """Close requests that are too old, or whose requester has left or may not ask any more. Return how many."""
    roles = [role for role, verbs in ROLE_VERBS.items() if Verb.APPROVE in verbs]
    asking = Membership.objects.filter(
        team=OuterRef("team"), user=OuterRef("requester"), user__is_active=True, role__in=roles
    )
    lost = Approval.objects.waiting().filter(Q(expires_at__lte=now) | ~Exists(asking))
    return sum(_close(approval, now) for approval in lost.order_by("requested_at")[:limit])


def close_requests_of(gone: Membership, *, now: datetime) -> int:
    """Close what waits for approval at the wish of a member who has just left. Return how many requests that were."""
    theirs = Approval.objects.waiting().filter(team=gone.team_id, requester=gone.user_id)
    return sum(_close(approval, now) for approval in theirs)


def _close(approval: Approval, now: datetime) -> bool:
    with transaction.atomic():
        rows = Approval.objects.with_parts().waiting().select_for_update(of=("self",))
        locked = rows.filter(pk=approval.pk).first()
        if locked is None:
            return False
        requester = requester_of(locked, KINDS[locked.kind].verb(locked))
        reason = _reason_lost(locked, requester, now)
        if reason:
            _expire(locked, reason, now)
    return bool(reason)
