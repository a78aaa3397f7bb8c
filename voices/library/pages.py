"""The read side of the library: one keyset page of the team's voices, without a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from voices.kit import cursors
from voices.library import keyset, search
from voices.library.filters import Filters
from voices.library.ways import Most, Sift, Sort, ways
from voices.models import LIVE, CloneJob, Favourite, Membership, State, Voice

PAGE_SIZE = 48
Place = tuple[str | datetime | UUID, ...]


@dataclass(frozen=True)
class Order:
    """A sort: columns that end in the id, all of one direction, so that one row-value comparison pages through it."""

    name: str
    columns: tuple[str, ...]

    def cursor(self, voice: Voice) -> str:
        """The place of this voice as a word of an address."""
        values = (getattr(voice, column.lstrip("-")) for column in self.columns)
        told = (value.isoformat() if isinstance(value, datetime) else str(value) for value in values)
        return cursors.encode(self.name, tuple(told))

    def place(self, cursor: str) -> Place | None:
        """What a cursor names; None without one. A broken or foreign one is as none: the list starts anew."""
        if not cursor:
            return None
        try:
            values = cursors.decode(cursor, sort=self.name)
            return tuple(_read(*pair) for pair in zip(self.columns, values, strict=True))
        except (ValueError, OverflowError):
            return None

    def after(
        self, voices: QuerySet[Voice], place: Place | None, *, is_sorted: bool = False
    ) -> QuerySet[Voice]:
        """Those beyond a place, in this order: walked along the sort's index, or read and then sorted."""
        voices = voices.order_by(*(map(keyset.unindexed, self.columns) if is_sorted else self.columns))
        return voices if place is None else voices.filter(keyset.after(self.columns, place))

    def before(self, voices: QuerySet[Voice], place: Place) -> QuerySet[Voice]:
        """Those up to a place, without it."""
        return voices.filter(keyset.before(self.columns, place))

    def end_of(self, voices: QuerySet[Voice], count: int) -> Place | None:
        """The place of the voice after so many ones, read in the sort's index alone; None where there are fewer."""
        names = [column.lstrip("-") for column in self.columns]
        return next(iter(voices.values_list(*names)[count : count + 1]), None)


def _read(column: str, value: str | int) -> str | datetime | UUID:
    if column.endswith("_at"):
        read = datetime.fromisoformat(str(value))
        if read.tzinfo is None:
            raise ValueError("a time without its zone")
        return read.astimezone(UTC)  # what no database can write overflows here
    return UUID(str(value)) if column.lstrip("-") == "id" else str(value)


USUAL = Most()
_Asked = tuple[Membership, Filters, Most]


ORDERS = {
    order.name: order
    for order in (
        Order("newest", ("-created_at", "-id")),
        Order("name", ("name_key", "id")),
        Order("language", ("language_key", "name_key", "id")),
        Order("played", ("-played_at", "-id")),
        Order("changed", ("-changed_at", "-id")),
    )
}


@dataclass(frozen=True)
class LibraryPage:
    """Some voices in the order asked for, and where the next ones start; "" at the end."""

    voices: Sequence[Voice]
    next_cursor: str


def library_page(
    member: Membership,
    *,
    filters: Filters,
    cursor: str = "",
    size: int = PAGE_SIZE,
    most: Most = USUAL,
) -> LibraryPage:
    """The voices that match, each with its owner, its tags and `is_favourite`; stable while rows are added."""
    order = ORDERS[filters.sort]
    found = _found((member, filters, most), order, order.place(cursor), size + 1)
    prefetch_related_objects(found, "tags")
    for voice in found:
        voice.is_favourite = voice.is_mine
    if len(found) <= size:
        return LibraryPage(found, "")
    return LibraryPage(found[:size], order.cursor(found[size - 1]))


def _found(asked: _Asked, order: Order, place: Place | None, size: int) -> list[Any]:
    """The first rows after the place: near ones by a short walk, few by gathering, else by sifting all."""
    member, filters, most = asked

    def rows(voices: QuerySet[Voice]) -> list[Any]:
        return list(_drawn(member, order.after(voices, place))[:size])

    walked = search.walked(member, filters)
    for way in ways(member, filters, most):
        if isinstance(way, Sort):
            first = order.after(way.voices, place, is_sorted=True).values("pk")[:size]
            return rows(Voice.objects.filter(pk__in=first))
        if isinstance(way, Sift):
            return rows(way.voices)
        end = way.reach and order.end_of(
            order.after(Voice.objects.filter(team=member.team), place), way.reach
        )
        near = rows(order.before(walked, end) if end else walked)
        if not end or len(near) == size:
            return near
    raise AssertionError("the last way finds whatever there is")


def _drawn(member: Membership, voices: QuerySet[Voice]) -> Any:
    """With all that a row shows and nothing else: a raw answer may be large."""
    mine = Exists(Favourite.objects.filter(user=member.user, voice=OuterRef("pk")))
    voices = voices.annotate(is_mine=mine).select_related("added_by")
    return voices.defer("raw", "definition", "search_text", "notes")


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
