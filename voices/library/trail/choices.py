"""The choices of the activity page's filters, and the names of chosen values."""

from collections.abc import Sequence

from voices.access import ActivityScope
from voices.library.trail.filters import PROGRAM
from voices.models import AuditEntry, Team, User

MAX_PEOPLE, MAX_TEAMS = 500, 500


def people_of(scope: ActivityScope) -> Sequence[tuple[str, str]]:
    """Return the team's members by name, and Voice Studio itself; none for all teams, which may have thousands."""
    members = User.objects.filter(memberships__team=scope.team) if scope.team else User.objects.none()
    found = [(str(one.pk), one.shown_name) for one in members.order_by("name", "email")[:MAX_PEOPLE]]
    return [*found, (PROGRAM, "Voice Studio itself")]


def shown_person(person: str) -> str:
    """Return the name of a chosen person, who may have left the team; "" if nobody is chosen."""
    if not person or person == PROGRAM:
        return ""
    found = User.objects.filter(pk=int(person)).first()
    return found.shown_name if found else "A deleted person"


def shown_thing(scope: ActivityScope, thing: str) -> str:
    """Return the name that the newest entry about a chosen thing has; "" if none is chosen."""
    if not thing:
        return ""
    kind, _, number = thing.partition(":")
    entries = AuditEntry.objects.filter(scope.condition, thing=kind, thing_id=number).order_by("-id")
    return entries.values_list("thing_name", flat=True).first() or "something without activity"


def teams_to_choose() -> Sequence[Team]:
    """Return the teams by name, those that are being deleted too."""
    return list(Team.objects.order_by("name")[:MAX_TEAMS])
