"""Which voices a change of many is about: chosen by hand, or all that match what the library was asked for."""

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
    """Ids of voices of the team, newest first; `words` tell what was chosen, and of how many these are the first."""

    ids: Sequence[UUID] = ()
    words: str = ""
    total: int = 0

    @property
    def is_capped(self) -> bool:
        """Whether more match than one change may have."""
        return self.total > len(self.ids)


def chosen_by_hand(member: Membership, ids: Iterable[UUID]) -> Selection:
    """Those of the ids that are voices of the team; foreign and deleted ones are left out without a word."""
    found = _ids(Voice.objects.of_team(member.team).filter(pk__in=set(ids)))
    return Selection(found, f"{len(found):,} chosen", len(found))


def chosen_by_filters(member: Membership, filters: Filters, *, most: int) -> Selection:
    """All voices that match, at most so many: the newest ones."""
    found = _ids(matching(member, filters), most=most)
    total = count(member, filters) if len(found) == most else len(found)
    asked = f" “{filters.query}”" if filters.query else " the filters"
    what = "in the library" if filters.is_plain else f"that match{asked}"
    first = f"the newest {len(found):,} of " if total > len(found) else "all "
    return Selection(found, f"{first}{total:,} {what}", total)


def _ids(voices: QuerySet[Voice], most: int | None = None) -> list[UUID]:
    return list(voices.order_by("-created_at", "-id").values_list("pk", flat=True)[:most])
