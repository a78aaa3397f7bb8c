"""The selection of a bulk change: voices selected one by one, or all that match a search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from voices.library.filters import Filters
from voices.library.search import count, matching
from voices.models import Membership, Voice

MAX_BY_HAND = 500


@dataclass(frozen=True)
class Selection:
    """Ids of voices of the team, newest first. `summary` says what was selected, `total` how many match."""

    ids: Sequence[UUID] = ()
    summary: str = ""
    total: int = 0

    @property
    def is_capped(self) -> bool:
        """Whether more voices match than one change may contain."""
        return self.total > len(self.ids)


def select_by_ids(member: Membership, ids: Iterable[UUID]) -> Selection:
    """Select the voices of these ids. Foreign and deleted ones are left out silently."""
    found = _ids(Voice.objects.of_team(member.team).filter(pk__in=set(ids)))
    return Selection(found, f"{len(found):,} chosen", len(found))


def select_by_filters(member: Membership, filters: Filters, *, limit: int) -> Selection:
    """Select the voices that match, up to the limit: the newest ones."""
    found = _ids(matching(member, filters), limit=limit)
    total = count(member, filters) if len(found) == limit else len(found)
    criteria = f" “{filters.query}”" if filters.query else " the filters"
    what = "in the library" if filters.is_plain else f"that match{criteria}"
    first = f"the newest {len(found):,} of " if total > len(found) else "all "
    return Selection(found, f"{first}{total:,} {what}", total)


def _ids(voices: QuerySet[Voice], limit: int | None = None) -> list[UUID]:
    return list(voices.order_by("-created_at", "-id").values_list("pk", flat=True)[:limit])
