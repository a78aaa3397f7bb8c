"""The read side of the library: one keyset page of the team's voices, without a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

from voices.library.filters import Filters
from voices.library.orders import ORDERS
from voices.library.search import USUAL_LIMITS, find_page
from voices.library.search.query_plan import ScanLimits
from voices.models import Favourite, Membership, Voice

PAGE_SIZE = 48


@dataclass(frozen=True)
class LibraryPage:
    """A page of voices in the requested order, and the cursor of the next one; "" at the end."""

    voices: Sequence[Voice]
    next_cursor: str


def library_page(
    member: Membership,
    *,
    filters: Filters,
    cursor: str = "",
    size: int = PAGE_SIZE,
    limits: ScanLimits = USUAL_LIMITS,
) -> LibraryPage:
    """Return the voices that match, each with its owner, its tags and `is_favourite`; stable while rows are added."""
    order, read = ORDERS[filters.sort], partial(_read_rows, member)
    found: list[Any] = find_page(
        member, filters, after=order.position(cursor), size=size + 1, read=read, limits=limits
    )
    prefetch_related_objects(found, "tags")
    for voice in found:
        voice.is_favourite = voice.is_mine
    if len(found) <= size:
        return LibraryPage(found, "")
    return LibraryPage(found[:size], order.cursor(found[size - 1]))


def _read_rows(member: Membership, voices: QuerySet[Voice]) -> list[Any]:
    """Read only what a row shows of these voices: raw responses may be large."""
    mine = Exists(Favourite.objects.filter(user=member.user, voice=OuterRef("pk")))
    voices = voices.annotate(is_mine=mine).select_related("added_by")
    return list(voices.defer("raw", "definition", "search_text", "notes"))
