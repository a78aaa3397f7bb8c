"""The sort orders of the library: the columns of each, and how a page continues after a voice (keyset paging)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from voices.kit import cursors
from voices.library import keyset
from voices.models import Voice

NEWEST, NAME, LANGUAGE, PLAYED, CHANGED = "newest", "name", "language", "played", "changed"
Row = TypeVar("Row", bound=Model)
Position = tuple[str | datetime | UUID, ...]


@dataclass(frozen=True)
class Order:
    """A sort order: columns of one direction that end in the id, so that one row-value comparison pages through it."""

    name: str
    label: str
    columns: tuple[str, ...]

    def cursor(self, row: Model) -> str:
        """Return the cursor of this row, an opaque string for URLs."""
        values = (getattr(row, column.lstrip("-")) for column in self.columns)
        texts = (value.isoformat() if isinstance(value, datetime) else str(value) for value in values)
        return cursors.encode(self.name, tuple(texts))

    def position(self, cursor: str) -> Position | None:
        """Return the position of a cursor; None without a valid one, so that the list starts at its beginning."""
        if not cursor:
            return None
        try:
            values = cursors.decode(cursor, sort=self.name)
            return tuple(_parse(*pair) for pair in zip(self.columns, values, strict=True))
        except (ValueError, OverflowError):
            return None

    def after(
        self, rows: QuerySet[Row], position: Position | None, *, without_index: bool = False
    ) -> QuerySet[Row]:
        """Sort the rows and drop those up to the position; `without_index` keeps PostgreSQL off the sort's index."""
        rows = rows.order_by(*(map(keyset.unindexed, self.columns) if without_index else self.columns))
        return rows if position is None else rows.filter(keyset.after(self.columns, position))

    def before(self, voices: QuerySet[Voice], position: Position) -> QuerySet[Voice]:
        """Keep the voices before the position."""
        return voices.filter(keyset.before(self.columns, position))

    def position_after(self, voices: QuerySet[Voice], count: int) -> Position | None:
        """Return the position of the voice after `count` others, by the sort's index alone; None if there are fewer."""
        names = [column.lstrip("-") for column in self.columns]
        return next(iter(voices.values_list(*names)[count : count + 1]), None)


def _parse(column: str, value: str | int) -> str | datetime | UUID:
    if column.endswith("_at"):
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError("a time without its zone")
        return moment.astimezone(UTC)  # a value that no database can store overflows here
    return UUID(str(value)) if column.lstrip("-") == "id" else str(value)


ORDERS = {
    order.name: order
    for order in (
        Order(NEWEST, "Newest first", ("-created_at", "-id")),
        Order(NAME, "Name", ("name_key", "id")),
        Order(LANGUAGE, "Language", ("language_key", "name_key", "id")),
        Order(PLAYED, "Last played", ("-played_at", "-id")),
        Order(CHANGED, "Last changed", ("-changed_at", "-id")),
    )
}
