"""Filter by the person who added a voice."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from voices.library.filters.base import NONE, Accepted, Filter, clean_number
from voices.library.labels import NOT_GIVEN
from voices.models import Membership, User


@dataclass(frozen=True, kw_only=True)
class OwnerFilter(Filter):
    """A filter whose values are ids of people, and NONE for voices that nobody added."""

    def clean(self, value: str) -> str:
        """Return the id, or NONE."""
        return value if value == NONE else clean_number(value)

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the people's ids, None for NONE."""
        return {self.column: frozenset(None if one == NONE else int(one) for one in values)} if values else {}

    def labels(self, member: Membership, values: Sequence[str], counted: Sequence[str]) -> dict[str, str]:
        """Return the names of the team's members, and of others only where their voices were counted."""
        ids = [value for value in values if value != NONE]
        labels = {NONE: NOT_GIVEN} if NONE in values else {}
        if not ids:
            return labels
        is_member = Q(Exists(Membership.objects.filter(team=member.team, user=OuterRef("pk"))))
        has_voices = Q(pk__in=[value for value in counted if value != NONE])
        people = User.objects.filter(is_member | has_voices, pk__in=ids)
        return {str(user.pk): user.shown_name for user in people} | labels


FILTER = OwnerFilter(name="owner", label="Owner", position=50, column="added_by", has_own_chip=True)
