"""Filter by the team's tags."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from voices.library.filters.base import RelationFilter, clean_number
from voices.models import Membership, Tag, Tagging


@dataclass(frozen=True, kw_only=True)
class TagFilter(RelationFilter):
    """A filter whose values are ids of tags."""

    def clean(self, value: str) -> str:
        """Return the id."""
        return clean_number(value)

    def labels(self, member: Membership, values: Sequence[str], counted: Sequence[str]) -> dict[str, str]:
        """Return the names of the team's own tags; one query."""
        tags = Tag.objects.filter(team=member.team, pk__in=values).values_list("pk", "name") if values else ()
        return {str(pk): name for pk, name in tags}


def _taggings(member: Membership) -> QuerySet[Tagging]:
    return Tagging.objects.filter(tag__team=member.team)


def _chosen(values: Sequence[str], member: Membership) -> QuerySet[Tagging]:
    return _taggings(member).filter(tag__in=[int(value) for value in values])


FILTER = TagFilter(
    name="tag", label="Tag", position=40, has_own_chip=True, rows=_chosen, pairs=_taggings, pair_column="tag"
)
