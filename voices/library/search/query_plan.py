"""The plans by which a page is found, and their execution. Each database's module says which to try, and in what order.

- IndexScan: walk the sort's index from the position on, checking each voice. Quick where many voices match.
- FetchAndSort: fetch a small candidate set (an index of its own says which) and sort it. Quick where few match.
- FilteredScan: walk the sort's index to its end, checking each entry against a candidate set by id alone. For what is
  neither few nor near: a name that many voices have, late in the alphabet.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import QuerySet

from voices.library.orders import Order, Position
from voices.models import Team, Voice

Rows = list[Voice]
ReadRows = Callable[[QuerySet[Voice]], Rows]  # evaluates a queryset, with what the page needs of each voice


@dataclass(frozen=True)
class IndexScan:
    """Walk the sort's index over at most `limit` voices; None: to its end."""

    limit: int | None = None


@dataclass(frozen=True)
class FetchAndSort:
    """Fetch all of these voices, then sort them."""

    voices: QuerySet[Voice]


@dataclass(frozen=True)
class FilteredScan:
    """Walk the sort's index to its end, keeping the voices of a candidate set."""

    voices: QuerySet[Voice]


Plan: TypeAlias = IndexScan | FetchAndSort | FilteredScan


@dataclass(frozen=True)
class ScanLimits:
    """How far a plan goes before the next one is tried; `scan` None: as suits the database and the filters."""

    candidates: int = 6_000  # SQLite fetches and sorts so many in 25 ms
    scan: int | None = None

    def for_scan(self, usual: int) -> int:
        """Return over how many voices an index scan goes."""
        return usual if self.scan is None else self.scan


@dataclass(frozen=True)
class PageRequest:
    """A page of a team's voices: an order, the position to go on after, and how many rows."""

    team: Team
    order: Order
    position: Position | None
    size: int
    read: ReadRows


def execute(plans: Iterable[Plan], request: PageRequest, matching: QuerySet[Voice]) -> Rows:
    """Return the page's rows by the first plan that completes it; `matching` is what an index scan checks by."""
    for plan in plans:
        if isinstance(plan, FetchAndSort):
            return _fetch_and_sort(plan, request)
        if isinstance(plan, FilteredScan):
            return _read(plan.voices, request)
        rows = _index_scan(plan, request, matching)
        if rows is not None:
            return rows
    raise AssertionError("the last plan completes any page")


def _read(voices: QuerySet[Voice], request: PageRequest) -> Rows:
    return request.read(request.order.after(voices, request.position)[: request.size])


def _fetch_and_sort(plan: FetchAndSort, request: PageRequest) -> Rows:
    first = request.order.after(plan.voices, request.position, without_index=True).values("pk")
    page = Voice.objects.filter(pk__in=first[: request.size])
    return _read(page, request)


def _index_scan(plan: IndexScan, request: PageRequest, matching: QuerySet[Voice]) -> Rows | None:
    """Return the rows; None where the limit came before the page was full."""
    order, end = request.order, None
    if plan.limit:
        ahead = order.after(Voice.objects.filter(team=request.team), request.position)
        end = order.position_after(ahead, plan.limit)
    rows = _read(order.before(matching, end) if end else matching, request)
    return rows if not end or len(rows) == request.size else None
