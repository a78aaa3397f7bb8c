"""Filter by the person's own favourites: a switch, not a list of values."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from voices.library.filters.base import RelationFilter
from voices.models import Favourite, Membership

ON = "1"


@dataclass(frozen=True, kw_only=True)
class FavouriteFilter(RelationFilter):
    """A filter that is on or off."""

    def clean(self, value: str) -> str:
        """Return ON; nothing else is a value."""
        return value if value == ON else ""

    def chip_text(self, labels: Sequence[str]) -> str:
        """Return the switch's label."""
        return self.label


def _favourites(values: Sequence[str], member: Membership) -> QuerySet[Favourite]:
    return Favourite.objects.filter(user=member.user)


FILTER = FavouriteFilter(
    name="favourite", label="Favourites", position=110, is_single=True, is_personal=True, rows=_favourites
)
