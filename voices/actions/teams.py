"""Creating teams: the first one with its admin, by the one-time link or the command line; others by members."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit
from voices.access import may_create_team
from voices.models import Membership, Role, SealCanary, Team, User


class AlreadySetUpError(Exception):
    """There is an admin already. The message is for the person."""


def is_set_up() -> bool:
    """Whether anybody can log in."""
    return User.objects.exists()


@sensitive_variables("password")
def create_first_admin(*, email: str, name: str, password: str, team_name: str) -> Membership:
    """Create the first team and its admin, who may open the admin site. Raises AlreadySetUpError, ValidationError."""
    validate_password(password, User(email=email, name=name))
    with transaction.atomic():
        # The canary row, which exists since the first start, is the lock between two people with the same link.
        SealCanary.objects.select_for_update().first()
        if User.objects.exists():
            raise AlreadySetUpError(
                "Voice Studio is already set up. Log in, or ask your admin for an account."
            )
        user = User.objects.create_superuser(email, password, name=name)
        team = Team.objects.create(name=team_name)
        member = Membership.objects.create(team=team, user=user, role=Role.ADMIN)
        audit.record_by(member, "team.created", team)
    return member


def create_team(*, user: User, name: str) -> Membership:
    """Create a team with the person as its admin, and return the membership. Raises PermissionDenied."""
    if not may_create_team(user):
        raise PermissionDenied("Only team admins and staff can create teams. Ask one of them.")
    with transaction.atomic():
        team = Team.objects.create(name=name)
        member = Membership.objects.create(team=team, user=user, role=Role.ADMIN)
        audit.record_by(member, "team.created", team)
    return member
