"""The read side of the library: one keyset page of the team's voices, without a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.fields.tuple_lookups import TupleLessThan

from voices.kit import cursors
from voices.library import search
from voices.library.filters import Filters
from voices.models import LIVE, CloneJob, Favourite, Membership, State, Voice

PAGE_SIZE = 48


@dataclass(frozen=True)
class LibraryPage:
    """Some voices in the order asked for, and where the next ones start; "" at the end."""

    voices: Sequence[Voice]
    next_cursor: str


def library_page(
    member: Membership, *, filters: Filters, cursor: str = "", size: int = PAGE_SIZE
) -> LibraryPage:
    """The voices that match, each with its owner, its tags and `is_favourite`; stable while rows are added."""
    mine = Exists(Favourite.objects.filter(user=member.user, voice=OuterRef("pk")))
    voices = search.matching(member, filters).annotate(is_mine=mine)
    voices = voices.select_related("added_by").prefetch_related("tags")
    # The list draws none of these, and a raw answer may be large.
    voices = voices.defer("raw", "definition", "search_text").order_by("-created_at", "-id")
    if (after := _after(cursor) if cursor else None) is not None:
        voices = voices.filter(after)
    rows = list(voices[: size + 1])
    for voice in rows:
        voice.is_favourite = voice.is_mine
    last = rows[size - 1] if len(rows) > size else None
    rows = rows[:size]
    if last is None:
        return LibraryPage(rows, "")
    return LibraryPage(rows, cursors.encode(filters.sort, (last.created_at.isoformat(), str(last.id))))


def _after(cursor: str) -> TupleLessThan | None:
    """What lies after a cursor. A broken or foreign one is as none: the list starts anew."""
    try:
        created_at, voice_id = cursors.decode(cursor, sort="newest")
        place = datetime.fromisoformat(str(created_at)), UUID(str(voice_id))
    except ValueError:
        return None
    return TupleLessThan((F("created_at"), F("id")), place)


def jobs_in_sight(member: Membership, *, now: datetime, made_since: datetime | None = None) -> list[CloneJob]:
    """The person's own clones under way, and those that failed within a day and were not dismissed; at most 20.

    With `made_since` also those that became voices since then: a page that was open meanwhile tells of them.
    """
    wanted = Q(state__in=LIVE)
    wanted |= Q(state=State.FAILED, ended_at__gte=now - timedelta(days=1), dismissed_at=None)
    if made_since is not None:
        wanted |= Q(state=State.CREATED, ended_at__gte=made_since)
    mine = CloneJob.objects.filter(wanted, team=member.team, actor=member.user).select_related("voice")
    return list(mine.order_by("-created_at")[:20])
