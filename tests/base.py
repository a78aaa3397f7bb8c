"""The people of the tests: who is in which team, and with which role.

Northwind: Ada (admin), Ed (editor), Vera (viewer). Southwind: Sam (admin). Nora is in no team.
"""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from voices.gateway import verify_encryption_key
from voices.models import Membership, Role, Team, User

PASSWORD = "correct horse battery staple"
NAMES = ("Ada", "Ed", "Vera", "Sam", "Nora")


@dataclass(frozen=True)
class Cast:
    """The people and teams of a test."""

    northwind: Team
    southwind: Team
    ada: Membership
    ed: Membership
    vera: Membership
    sam: Membership
    nora: User

    def login(self, who: Membership | User) -> Client:
        """Return a browser in which that person is logged in."""
        client = Client()
        client.force_login(who.user if isinstance(who, Membership) else who)
        return client


def member(team: Team, name: str, role: str) -> Membership:
    """Make a person of that name a member of the team."""
    user = User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)
    # Seen just now: a page writes nothing more of that for five minutes.
    return Membership.objects.create(team=team, user=user, role=role, last_seen_at=timezone.now())


def make_cast() -> Cast:
    """Create both teams and everybody in them: thousands of tests begin so, by one query for each kind."""
    verify_encryption_key()
    north, south = Team.objects.bulk_create([Team(name="Northwind"), Team(name="Southwind")])
    people = [User(email=f"{name.lower()}@example.com", name=name) for name in NAMES]
    for one in people:
        one.set_password(PASSWORD)
    ada, ed, vera, sam, nora = User.objects.bulk_create(people)
    places = (
        (north, ada, Role.ADMIN),
        (north, ed, Role.EDITOR),
        (north, vera, Role.VIEWER),
        (south, sam, Role.ADMIN),
    )
    now = timezone.now()
    members = Membership.objects.bulk_create(
        Membership(team=team, user=user, role=role, last_seen_at=now) for team, user, role in places
    )
    return Cast(north, south, *members, nora=nora)
