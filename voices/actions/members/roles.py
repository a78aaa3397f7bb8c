"""Adding people to a team and changing their roles. A team always keeps an active admin, even under races."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from voices import audit
from voices.access import Verb, may, require_reach
from voices.actions import NotPossibleError
from voices.models import ApiToken, Invitation, InvitationState, Membership, Role, Team, User

LAST_ADMIN = "{name} is the last admin of {team}. Make someone else an admin first."
NOT_A_MEMBER = "You're no longer in this team."


def lock_members(member: Membership, of: Membership) -> Membership:
    """Lock the team's memberships until the transaction ends, and return `of` as it is now.

    The member's own role is read again, too: of two admins who demote each other, the second no longer is one.
    Raises Http404, PermissionDenied.
    """
    # `no_key`: rows of other tables may still refer to the team, so that the worker can add voices.
    Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    if member.pk is not None:  # a superuser's is stored nowhere
        role = Membership.objects.filter(pk=member.pk).values_list("role", flat=True).first()
        if role is None:
            raise PermissionDenied(NOT_A_MEMBER)
        member.role = role
    people = Membership.objects.select_related("team", "user")
    found = people.filter(team=member.team_id, pk=of.pk).first()
    if found is None:
        raise Http404("There is no such member in your team.")
    return found


def require_other_admin(of: Membership) -> None:
    """Raise NotPossibleError if `of` is the team's last active admin. Call it under the lock."""
    admins = Membership.objects.filter(team=of.team_id, role=Role.ADMIN, user__is_active=True)
    if of.role == Role.ADMIN and not admins.exclude(pk=of.pk).exists():
        raise NotPossibleError(LAST_ADMIN.format(name=of.user.shown_name, team=of.team.name))


def require_other_admins(user: User) -> None:
    """Raise NotPossibleError if the person is the last active admin of a team. Lock the person's teams."""
    theirs = (
        Membership.objects.filter(user=user, role=Role.ADMIN).select_related("team", "user").order_by("team")
    )
    list(Team.objects.select_for_update(no_key=True).filter(pk__in=theirs.values("team")).order_by("pk"))
    for of in theirs.all():  # read again: a role may have changed before the lock was there
        require_other_admin(of)


def change_role(*, member: Membership, of: Membership, role: Role, now: datetime) -> Membership:
    """Give a member another role, and return them as they are now. The same role again changes nothing.

    Raises Http404, PermissionDenied, NotPossibleError for the last admin.
    """
    with transaction.atomic():
        changed = lock_members(member, of)
        require_reach(member, changed.role, role)
        before = changed.role
        if role == before:
            return changed
        if not may(Membership(role=role), Verb.MANAGE_MEMBERS):
            require_other_admin(changed)
            revoke_invitations_by(changed, now=now)
        changed.role = role
        changed.save(update_fields=["role"])
        audit.record_by(member, "member.changed", changed.user, before=before, role=role)
    return changed


def add_member(*, member: Membership, user: User, role: Role) -> Membership:
    """Add a person to the team, and return their membership. Raises PermissionDenied, NotPossibleError."""
    require_reach(member, role)
    if ApiToken.objects.filter(actor=user, is_of_team=True).exists():
        raise NotPossibleError(f"{user.shown_name} is the service account of a token, not a person.")
    try:
        with transaction.atomic():
            added = Membership.objects.create(team=member.team, user=user, role=role)
            audit.record_by(member, "member.added", user, role=role)
    except IntegrityError as problem:
        raise NotPossibleError(f"{user.shown_name} is already in this team.") from problem
    return added


def revoke_invitations_by(of: Membership, *, now: datetime) -> int:
    """Revoke the person's open invitations, which depend on their role. Return how many there were.

    They stay revoked even if the person returns.
    """
    theirs = Invitation.objects.filter(team=of.team_id, inviter=of.user_id, state=InvitationState.OPEN)
    return theirs.update(state=InvitationState.REVOKED, ended_at=now)
