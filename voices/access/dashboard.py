"""The dashboard: admins read that of their team, staff that of every team."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.access.roles import Verb, require
from voices.models import Membership, Role, Team, User

NO_TEAM = "There is no such team."
NOT_STAFF = "Only admins of a team and staff may do this."


def dashboard_member(user: User, member: Membership | None, team_id: str) -> Membership:
    """Return the membership by which the person reads the dashboard of that team; "" is their current team.

    Staff read it as an admin would, by a membership that is stored nowhere; in no team, that of the oldest team first.
    Raises Http404, PermissionDenied.
    """
    is_own = member is not None and team_id in {"", str(member.team_id)}
    if user.is_staff:
        team = member.team if member is not None and is_own else _team(team_id)
        return Membership(team=team, user=user, role=Role.ADMIN)
    if member is None:
        raise PermissionDenied(NOT_STAFF)
    require(member, Verb.READ_DASHBOARD)
    if not is_own:
        raise Http404(NO_TEAM)
    return member


def dashboard_teams(user: User) -> list[Team]:
    """Return the teams among which the person may choose: all for staff, none for others."""
    return list(Team.objects.filter(deleted_at=None).order_by("name", "pk")) if user.is_staff else []


def _team(team_id: str) -> Team:
    teams = Team.objects.filter(deleted_at=None)
    try:
        found = teams.filter(pk=UUID(team_id)).first() if team_id else teams.order_by("created_at").first()
    except ValueError:
        found = None
    if found is None:
        raise Http404(NO_TEAM)
    return found
