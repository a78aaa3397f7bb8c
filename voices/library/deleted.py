"""A team's deleted voices, newest first, so that one deleted by mistake can be found."""

from typing import Any

from django.db.models import Exists, OuterRef

from voices.library.orders import Order
from voices.library.pages import PAGE_SIZE, LibraryPage
from voices.models import UNDER_WAY, CloneJob, Membership, State, Voice

ORDER = Order("deleted", "Recently deleted", ("-deleted_at", "-id"))


def deleted_page(member: Membership, *, cursor: str = "", size: int = PAGE_SIZE) -> LibraryPage:
    """Return deleted voices with `deleted_by` and `is_replaced`: whether one was cloned again in its place."""
    again = CloneJob.objects.filter(replaces=OuterRef("pk"), state__in=[*UNDER_WAY, State.CREATED])
    voices = Voice.objects.deleted().filter(team=member.team).annotate(is_replaced=Exists(again))
    rows = voices.select_related("deleted_by").defer("raw", "definition", "search_text", "notes")
    found: list[Any] = list(ORDER.after(rows, ORDER.position(cursor))[: size + 1])
    return LibraryPage(found[:size], ORDER.cursor(found[size - 1]) if len(found) > size else "")
