"""URLs of the dashboard's links, as far as the reader can open them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from voices.access import Verb, may
from voices.library.dashboard.links import Link
from voices.models import Membership

OF_DASHBOARD = frozenset({"voices:dashboard", "voices:dashboard-clones", "voices:dashboard-figure"})
OF_MEMBERS = frozenset({"voices:library", "voices:voice"})


@dataclass(frozen=True)
class Addresses:
    """URLs for a reader of a team's dashboard; `own` is the membership that the reader's other pages use."""

    member: Membership
    own: Membership | None

    @property
    def is_own(self) -> bool:
        """Whether the dashboard is that of the reader's current team, the only one that other pages show."""
        return self.own is not None and self.own.team_id == self.member.team_id

    @property
    def team(self) -> str:
        """The team as a value of a URL; "" for the reader's own."""
        return "" if self.is_own else str(self.member.team_id)

    def of(self, link: Link | None) -> str:
        """Return the address; "" for what the reader cannot open."""
        if link is None or not self._can_open(link.route):
            return ""
        query = [*link.query, *([("team", self.team)] if self.team else [])]
        address = reverse(link.route, args=link.args)
        return f"{address}?{urlencode(query)}" if query else address

    def _can_open(self, route: str) -> bool:
        if route in OF_DASHBOARD:
            return True
        if not self.is_own or self.own is None:
            return False
        return route in OF_MEMBERS or may(self.own, Verb.READ_DASHBOARD)
