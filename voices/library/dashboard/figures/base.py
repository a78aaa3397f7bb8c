"""A figure of the dashboard as one object: its name, its shape and its data."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading

MAX_BARS = 8  # of a ranking; the others are summed up in one


class Shape(StrEnum):
    """The kind of chart: columns over time (stacked), lines over time, or bars by rank."""

    COLUMNS = "columns"
    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True)
class Series:
    """A series of values, one per row. `tone` is a colour class of the style sheet, `link` the list behind it."""

    label: str
    tone: str = "one"
    link: Link | None = None


@dataclass(frozen=True)
class Row:
    """A column, a point or a bar: a value per series (None if unknown), and the list behind it."""

    label: str
    values: tuple[float | None, ...]
    link: Link | None = None


@dataclass(frozen=True)
class Content:
    """The data of a figure. `headline` sums it up in a number, `note` says what that is."""

    series: Sequence[Series]
    rows: Sequence[Row]
    headline: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for row in self.rows for value in row.values)


def count_text(value: float) -> str:
    """Return the number with separators: `1,204`."""
    return f"{value:,.0f}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of the dashboard.

    `name` is used in URLs, `position` orders the page, `heading` names the table's first column ("" for days), `text`
    formats a value with its unit, and `empty` is the text without data. `read` makes one query at most. `is_wide`: it
    spans both columns of the page.
    """

    name: str
    title: str
    position: int
    shape: Shape
    read: Callable[[Reading], Content]
    empty: str
    heading: str = ""
    text: Callable[[float], str] = count_text
    is_wide: bool = False


def per_span(
    reading: Reading, counts: Iterable[tuple[date, int, int]], *, width: int
) -> list[tuple[int, ...]]:
    """Return the sums of (day, series, number) per span of the period and series."""
    place, sums = reading.period.placed(), [[0] * width for _ in reading.period.spans]
    for day, series, number in counts:
        sums[place(day)][series] += number
    return [tuple(one) for one in sums]


def ranked(bars: Sequence[Row], *, others: Callable[[int], str]) -> list[Row]:
    """Return the largest bars, and the sum of the others as one."""
    found = sorted(bars, key=lambda bar: (-(bar.values[0] or 0), bar.label))
    if len(found) <= MAX_BARS + 1:
        return found
    rest = found[MAX_BARS:]
    return [*found[:MAX_BARS], Row(others(len(rest)), (sum(bar.values[0] or 0 for bar in rest),))]
