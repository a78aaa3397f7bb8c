"""The read side of the library: one keyset page of the team's voices, without a count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import TupleLessThan

from voices.kit import cursors
from voices.models import LIVE, CloneJob, Membership, State, Voice

PAGE_SIZE = 48
SORT = "newest"
MOST_QUERY = 200


@dataclass(frozen=True)
class LibraryPage:
    """Some voices, newest first, and where the next ones start; "" at the end."""

    voices: list[Voice]
    next_cursor: str


def clean_query(text: str) -> str:
    """A search as a database can take it: no NUL, no lone surrogates, single spaces, at most 200 characters."""
    plain = text[: MOST_QUERY * 4].replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8")
    return " ".join(plain.split())[:MOST_QUERY]


def _after(cursor: str) -> TupleLessThan | None:
    """What lies after a cursor. A broken or foreign one is as none: the list starts anew."""
    try:
        created_at, voice_id = cursors.decode(cursor, sort=SORT)
        place = datetime.fromisoformat(str(created_at)), UUID(str(voice_id))
    except ValueError:
        return None
    return TupleLessThan((F("created_at"), F("id")), place)


def newest_page(
    member: Membership, *, query: str = "", cursor: str = "", size: int = PAGE_SIZE
) -> LibraryPage:
    """The team's voices that match, newest first; one query whatever the team's size, stable while rows are added."""
    voices = Voice.objects.of_team(member.team).matching(query).select_related("added_by")
    # The list draws neither of these, and a raw answer may be large.
    voices = voices.defer("raw", "definition", "search_text").order_by("-created_at", "-id")
    if (after := _after(cursor) if cursor else None) is not None:
        voices = voices.filter(after)
    rows = list(voices[: size + 1])
    if len(rows) <= size:
        return LibraryPage(rows, "")
    last = rows[size - 1]
    return LibraryPage(rows[:size], cursors.encode(SORT, (last.created_at.isoformat(), str(last.id))))


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
