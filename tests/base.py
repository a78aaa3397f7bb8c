"""The people of the tests: who is in which team, and with which role.

Northwind: Ada (admin), Ed (editor), Vera (viewer). Southwind: Sam (admin). Nora is in no team.
"""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from voices.gateway import verify_encryption_key
from voices.models import Membership, Role, Team, User

PASSWORD = "correct horse battery staple"


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
    """Create both teams and everybody in them."""
    verify_encryption_key()
    north, south = Team.objects.create(name="Northwind"), Team.objects.create(name="Southwind")
    return Cast(
        northwind=north,
        southwind=south,
        ada=member(north, "Ada", Role.ADMIN),
        ed=member(north, "Ed", Role.EDITOR),
        vera=member(north, "Vera", Role.VIEWER),
        sam=member(south, "Sam", Role.ADMIN),
        nora=User.objects.create_user("nora@example.com", PASSWORD, name="Nora"),
    )
