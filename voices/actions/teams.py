"""The first team and its admin; made once, by whoever holds the one-time link or the command line."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit
from voices.models import Membership, Role, SealCanary, Team, User


class AlreadySetUpError(Exception):
    """There is a first admin already; the message is for the person."""


def is_set_up() -> bool:
    """Whether somebody can log in."""
    return User.objects.exists()


@sensitive_variables("password")
def create_first_admin(*, email: str, name: str, password: str, team_name: str) -> Membership:
    """The admin of the first team, who may open the admin site. Raises AlreadySetUpError, ValidationError."""
    validate_password(password, User(email=email, name=name))
    with transaction.atomic():
        # Two people with the same link: the canary row, there since the first start, is the lock between them.
        SealCanary.objects.select_for_update().first()
        if User.objects.exists():
            raise AlreadySetUpError(
                "Voice Studio is already set up. Log in, or ask your admin for an account."
            )
        user = User.objects.create_superuser(email, password, name=name)
        team = Team.objects.create(name=team_name)
        member = Membership.objects.create(team=team, user=user, role=Role.ADMIN)
        audit.record(actor=user, team=team, verb="team.created", thing=team)
    return member
