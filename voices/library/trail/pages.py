"""Pages of the activity trail, newest first, by keyset.

A single filter is answered by its index alone. With several, the rows found by the first index are compared with the
others; a page reads at most 5,000 rows, so that it is quick in a trail of millions. It then says how far back it
searched, and the next page searches four times as far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Lookup, Q, QuerySet

from voices.access import ActivityScope
from voices.kit import cursors
from voices.library import keyset
from voices.library.trail.filters import TrailFilters
from voices.models import AuditEntry

PAGE_SIZE = 50
REACH, MAX_REACH, FURTHER = 5_000, 1_280_000, 4
ORDER = ("-at", "-id")
_NAME = "activity"
Position = tuple[datetime, int]
Condition: TypeAlias = "Q | Lookup[Any]"


@dataclass(frozen=True)
class TrailPage:
    """A page of entries, and the cursor of the next; "" at the end. `searched_to` is set if the search was limited."""

    entries: Sequence[AuditEntry]
    next_cursor: str = ""
    searched_to: datetime | None = None


def trail_page(scope: ActivityScope, filters: TrailFilters, *, cursor: str = "") -> TrailPage:
    """Return a page of the matching entries."""
    position, reach = _read(cursor)
    entries, others = _split(scope, filters)
    if position is not None:
        entries = entries.filter(keyset.after(ORDER, position))
    end = _position_after(entries, reach) if others else None
    if end is not None:
        entries = entries.filter(keyset.before(ORDER, end))
    found = list(entries.filter(*others)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    if len(found) > PAGE_SIZE:
        return TrailPage(shown, _cursor(shown[-1].at, shown[-1].pk, REACH))
    if end is not None:
        further = _cursor(end[0], end[1] + 1, min(reach * FURTHER, MAX_REACH))
        return TrailPage(shown, further, searched_to=end[0])
    return TrailPage(shown)


def matching_entries(scope: ActivityScope, filters: TrailFilters) -> QuerySet[AuditEntry]:
    """Return all entries that match, for an export."""
    entries, others = _split(scope, filters)
    return entries.filter(*others)


def _split(scope: ActivityScope, filters: TrailFilters) -> tuple[QuerySet[AuditEntry], list[Condition]]:
    """Return the entries found by one index, newest first, and the other conditions, for which none is used."""
    exact, team = filters.exact, {"team": scope.team.pk} if scope.team else {}
    first: dict[str, Any] = team
    if filters.thing:
        first = exact.pop(0)  # few rows, so they are sorted
    elif team and exact:
        first = team | exact.pop(0)
    entries = AuditEntry.objects.filter(filters.days, **first).order_by(*ORDER)
    if filters.thing and scope.team:
        entries = entries.filter(keyset.equals_unindexed("team", scope.team.pk))
    others = [keyset.equals_unindexed(*pair) for columns in exact for pair in columns.items()]
    return entries, [*others, *([Q(thing_name__icontains=filters.text)] if filters.text else [])]


def _position_after(entries: QuerySet[AuditEntry], count: int) -> Position | None:
    """Return the position of the entry after `count` others, by the index alone; None if there are fewer."""
    return next(iter(entries.values_list("at", "pk")[count : count + 1]), None)


def _cursor(at: datetime, number: int, reach: int) -> str:
    return cursors.encode(_NAME, (at.isoformat(), number, reach))


def _read(cursor: str) -> tuple[Position | None, int]:
    """Return the position and the reach of a cursor; those of the first page for an invalid one."""
    try:
        at, number, reach = cursors.decode(cursor, sort=_NAME)
        moment = datetime.fromisoformat(str(at))
        if moment.tzinfo is None:
            return None, REACH
        return (moment, int(number)), max(REACH, min(int(reach), MAX_REACH))
    except (ValueError, OverflowError):
        return None, REACH
