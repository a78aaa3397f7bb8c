"""Invitations to a team by a link: creating, renewing and revoking them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import require_reach
from voices.actions import NotPossibleError
from voices.actions.speakers.link_tokens import make_token, token_hash
from voices.kit.secret import Secret
from voices.models import Invitation, InvitationState, Membership, Role, Team

DAYS = 7
MAX_OPEN = 200  # of a team: links can be sent to any address
ALREADY_CLOSED = "This invitation has been accepted or revoked, so nothing was changed."


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation with the token of its link, which is stored nowhere."""

    invitation: Invitation
    token: Secret


def invite(*, member: Membership, email: str, role: Role, now: datetime) -> NewInvitation:
    """Invite an email address to the team. Return the invitation with its link, valid for a week.

    An expired invitation is renewed. Raises PermissionDenied, NotPossibleError.
    """
    require_reach(member, role)
    email = email.strip().lower()
    if Membership.objects.filter(team=member.team_id, user__email=email).exists():
        raise NotPossibleError(f"{email} is already in the team.")
    Invitation.objects.filter(
        team=member.team_id, email=email, state=InvitationState.OPEN, expires_at__lte=now
    ).update(state=InvitationState.REVOKED, ended_at=now)
    made = Invitation(team=member.team, email=email, role=role, created_at=now)
    return _issue(member, made, now=now, verb="invitation.made")


def renew_invitation(*, member: Membership, invitation: Invitation, now: datetime) -> NewInvitation:
    """Create a new link for the invitation, valid for a week; the previous one stops working.

    The member becomes its inviter, whose role it depends on. Raises PermissionDenied, NotPossibleError.
    """
    require_reach(member, invitation.role)
    return _issue(member, invitation, now=now, verb="invitation.renewed")


def revoke_invitation(*, member: Membership, invitation: Invitation, now: datetime) -> None:
    """Revoke the invitation. Raises PermissionDenied, NotPossibleError."""
    require_reach(member, invitation.role)
    with transaction.atomic():
        still_open = Invitation.objects.filter(pk=invitation.pk, state=InvitationState.OPEN)
        if not still_open.update(state=InvitationState.REVOKED, ended_at=now):
            raise NotPossibleError(ALREADY_CLOSED)
        audit.record_by(member, "invitation.revoked", invitation)


def _issue(member: Membership, invitation: Invitation, *, now: datetime, verb: str) -> NewInvitation:
    token = make_token()
    columns = {
        "token_hash": token_hash(token), "inviter": member.user, "expires_at": now + timedelta(days=DAYS),
    }  # fmt: skip
    try:
        with transaction.atomic():
            _save(member.team, invitation, columns, now)
            audit.record_by(member, verb, invitation, role=invitation.role)
    except IntegrityError as problem:
        raise NotPossibleError(
            f"{invitation.email} is already invited. If their link is lost, create a new one in the list."
        ) from problem
    return NewInvitation(invitation, token)


def _save(team: Team, invitation: Invitation, columns: dict[str, object], now: datetime) -> None:
    """Save a new invitation, or give an open one the columns. Raises NotPossibleError, IntegrityError."""
    still_open = Invitation.objects.filter(team=team, state=InvitationState.OPEN)
    for name, value in columns.items():
        setattr(invitation, name, value)
    if not invitation._state.adding:
        if not still_open.filter(pk=invitation.pk).update(**columns):
            raise NotPossibleError(ALREADY_CLOSED)
        return
    if still_open.filter(expires_at__gt=now).count() >= MAX_OPEN:
        raise NotPossibleError(
            f"Your team has {MAX_OPEN} open invitations, which is the limit. Revoke some first."
        )
    invitation.save(force_insert=True)
