"""Decisions on approvals: approve, decline, withdraw, and expire those that nobody can decide any more."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from voices import audit
from voices.access import ROLE_VERBS, Verb, requester_of, require, require_approver
from voices.actions import NotPossibleError
from voices.actions.approvals.handlers import HANDLERS
from voices.actions.approvals.requests import WAITS_FOR
from voices.actions.voice.names import NameInUseError
from voices.models import Approval, ApprovalState, Membership

MAX_REMARK = 300
NOT_DECIDED = f"Nobody decided within {WAITS_FOR.days} days. Ask again if it's still needed."
NOT_THEIRS = "Only the person who asked for this can withdraw it."


def approve(*, member: Membership, approval: Approval, remark: str = "", now: datetime) -> Approval:
    """Approve the request and return it. The change proceeds on behalf of the requester, with their key.

    Whatever may have changed since the request is checked again. Raises PermissionDenied; NotPossibleError if it was
    already decided, is moot (it expires then), or cannot proceed now (it keeps waiting).
    """
    require_approver(member, approval)
    with transaction.atomic():
        approval = _waiting(approval)
        handler = HANDLERS[approval.kind]
        requester = requester_of(approval, handler.verb(approval))
        if reason := _reason_moot(approval, requester, now):
            _expire(approval, reason, now)
        elif requester is not None:
            _decide(member, approval, ApprovalState.APPROVED, remark, now)
            try:
                handler.proceed(approval, requester, now)
            except NameInUseError as problem:
                raise NotPossibleError(str(problem)) from problem
    if reason:
        raise NotPossibleError(reason)
    return approval


def decline(*, member: Membership, approval: Approval, remark: str = "", now: datetime) -> Approval:
    """Decline the request, so that the change is not made, and return it. Raises PermissionDenied, NotPossibleError."""
    require_approver(member, approval)
    with transaction.atomic():
        approval = _waiting(approval)
        _decide(member, approval, ApprovalState.DECLINED, remark, now)
        why = f": {approval.message}" if approval.message else "."
        HANDLERS[approval.kind].drop(approval, f"{member.user.shown_name} declined this{why}", now)
    return approval


def withdraw(*, member: Membership, approval: Approval, now: datetime) -> Approval:
    """Withdraw the member's own request, and return it. Raises PermissionDenied, NotPossibleError."""
    require(member, Verb.APPROVE)
    if approval.requester_id != member.user_id:
        raise PermissionDenied(NOT_THEIRS)
    with transaction.atomic():
        approval = _waiting(approval)
        HANDLERS[approval.kind].cancel(approval, member, now)
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


def _reason_moot(approval: Approval, requester: Membership | None, now: datetime) -> str:
    """Return why nobody can decide the request any more, as a sentence; "" if somebody can."""
    if requester is None:
        return f"{approval.requester_name} left the team or can't do this any more."
    return NOT_DECIDED if now >= approval.expires_at else HANDLERS[approval.kind].reason_moot(approval)


def _expire(approval: Approval, reason: str, now: datetime) -> None:
    approval.move(ApprovalState.EXPIRED, message=reason, decided_at=now)
    HANDLERS[approval.kind].drop(approval, reason, now)
    audit.record(actor=None, team=approval.team, verb="approval.expired", thing=approval, reason=reason)


def expire_moot_approvals(*, now: datetime, limit: int = 100) -> int:
    """Expire requests that are too old, or whose requester has left or lost the right to ask. Return how many."""
    roles = [role for role, verbs in ROLE_VERBS.items() if Verb.APPROVE in verbs]
    asking = Membership.objects.filter(
        team=OuterRef("team"), user=OuterRef("requester"), user__is_active=True, role__in=roles
    )
    moot = Approval.objects.waiting().filter(Q(expires_at__lte=now) | ~Exists(asking))
    return sum(_close(approval, now) for approval in moot.order_by("requested_at")[:limit])


def close_requests_of(gone: Membership, *, now: datetime) -> int:
    """Expire the waiting requests of a member who has just left. Return how many."""
    theirs = Approval.objects.waiting().filter(team=gone.team_id, requester=gone.user_id)
    return sum(_close(approval, now) for approval in theirs)


def _close(approval: Approval, now: datetime) -> bool:
    with transaction.atomic():
        rows = Approval.objects.with_parts().waiting().select_for_update(of=("self",))
        locked = rows.filter(pk=approval.pk).first()
        if locked is None:
            return False
        requester = requester_of(locked, HANDLERS[locked.kind].verb(locked))
        reason = _reason_moot(locked, requester, now)
        if reason:
            _expire(locked, reason, now)
    return bool(reason)
