"""Access to dashboards: admins read that of their team, staff that of every team."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.access.roles import Verb, require
from voices.models import Membership, Role, Team, User

NO_TEAM = "There is no such team."
NOT_STAFF = "Only team admins and staff can do this."


def dashboard_teams(user: User) -> list[Team]:
    """Return the teams among which the person may choose, by name: all for staff, none for others."""
    return list(Team.objects.filter(deleted_at=None).order_by("name", "pk")) if user.is_staff else []


def dashboard_member(
    user: User, member: Membership | None, team_id: str, teams: Sequence[Team]
) -> Membership:
    """Return the membership by which the person reads the dashboard of that team; "" is their current team.

    `teams` are those that they may choose (`dashboard_teams`). Staff read as an admin would, by a membership that is
    stored nowhere; in no team, that of the first team. Raises Http404, PermissionDenied.
    """
    is_own = member is not None and team_id in {"", str(member.team_id)}
    if user.is_staff:
        team = member.team if member is not None and is_own else _chosen(teams, team_id)
        return Membership(team=team, user=user, role=Role.ADMIN)
    if member is None:
        raise PermissionDenied(NOT_STAFF)
    require(member, Verb.READ_DASHBOARD)
    if not is_own:
        raise Http404(NO_TEAM)
    return member


def _chosen(teams: Sequence[Team], team_id: str) -> Team:
    found = next((team for team in teams if not team_id or str(team.pk) == team_id), None)
    if found is None:
        raise Http404(NO_TEAM)
    return found
