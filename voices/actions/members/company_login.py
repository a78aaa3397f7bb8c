"""Joining by the company's login, which verifies the email: by an invitation, or by a domain that a team accepts."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from voices import audit
from voices.actions.members.joining import accept_invitation, is_open
from voices.kit.names import clean_name
from voices.models import Invitation, InvitationState, Membership, Team, User


def join_by_email(*, email: str, name: str, now: datetime) -> User | None:
    """Add the owner of the email to each team that expects them. Return the account, created if there was none.

    Return None, and change nothing, if there is neither an account nor a team. Raises InvitationClosedError.
    """
    with transaction.atomic():
        invitations = _invitations(email, now)
        teams = _teams_of_domain(email)
        user = User.objects.filter(email=email).first()
        if user is None and (invitations or teams):
            user = User.objects.create_user(email, name=clean_name(name)[:80])
            audit.record(actor=user, team=None, verb="person.joined", thing=user)
        if user is None:
            return None
        for invitation in invitations:
            accept_invitation(invitation=invitation, user=user, now=now)
        for team in teams:
            _join_by_domain(team, user)
    return user


def _invitations(email: str, now: datetime) -> list[Invitation]:
    """Return the open invitations of an email."""
    found = Invitation.objects.filter(email=email, state=InvitationState.OPEN).select_related("team")
    return [one for one in found if is_open(one, now=now)]


def _teams_of_domain(email: str) -> list[Team]:
    """Return the teams that accept the email's domain, if the operator allows the domain."""
    domain = email.rpartition("@")[2]
    if domain not in settings.OIDC_DOMAINS:
        return []
    claiming = Team.objects.filter(deleted_at=None).exclude(join_domains="")
    return [team for team in claiming if domain in team.join_domains.split(", ")]


def _join_by_domain(team: Team, user: User) -> None:
    member, is_new = Membership.objects.get_or_create(team=team, user=user, defaults={"role": team.join_role})
    if is_new:
        audit.record_by(member, "member.joined", user, role=member.role, domain=user.email.rpartition("@")[2])
