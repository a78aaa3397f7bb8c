"""Whose activity a person may read: admins that of their team, staff with the permission that of every team."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from voices.access.roles import Verb, require
from voices.models import Membership, Team, User

ALL_TEAMS = "all"
ADMINS_ONLY = "Only team admins and staff can read activity."


@dataclass(frozen=True)
class ActivityScope:
    """The trail of a team; with None, that of all teams and of entries without one. `may_choose` is for staff."""

    team: Team | None
    may_choose: bool = False

    @property
    def condition(self) -> Q:
        """The condition on entries."""
        return Q(team=self.team) if self.team else Q()


def reads_all_activity(user: User) -> bool:
    """Whether the person may read the activity of every team, as in Django's admin."""
    return user.is_staff and user.has_perm("voices.view_auditentry")


def get_activity_scope(user: User, member: Membership | None, team_id: str) -> ActivityScope:
    """Return the requested trail, by default that of the current team. Raises Http404, PermissionDenied."""
    if reads_all_activity(user):
        team = _team_of(team_id) if team_id else (member.team if member else None)
        return ActivityScope(team, may_choose=True)
    if member is None:
        raise PermissionDenied(ADMINS_ONLY)
    require(member, Verb.READ_ACTIVITY)
    if team_id not in {"", str(member.team_id)}:
        raise Http404("You have no such team.")
    return ActivityScope(member.team)


def _team_of(team_id: str) -> Team | None:
    """Return the team, also one that is being deleted; None for all. Raises Http404."""
    if team_id == ALL_TEAMS:
        return None
    try:
        return Team.objects.get(pk=UUID(team_id))
    except (ValueError, Team.DoesNotExist) as problem:
        raise Http404("There is no such team.") from problem
