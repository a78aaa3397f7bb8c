"""Charts as SVG shapes, with a table of the same data. The style sheet defines colours and sizes.

A chart is stretched to its container, so it has no text: labels are HTML around it, which keeps its size on a phone.
Each column, point or bar has an equal share of the width (or height), with an HTML link on top.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import Link
from voices.library.dashboard.period import Period
from voices.library.dashboard.table import heading_of, texts
from voices.web.dashboard.addresses import Addresses

CELL, HEIGHT = 10, 100  # the units of a chart: the width of a column, and the height
GAP = 1.4  # on either side of a column
# Mid-axis values, times a power of ten. Small values are counts, so only whole ones are used for them.
MIDDLES = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Rect:
    """A part of a column, or a bar."""

    tone: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A line through the points that are known."""

    tone: str
    path: str


@dataclass(frozen=True)
class Cell:
    """The overlay of a column, a point or a bar: label, formatted values and link. `is_late`: in the right half."""

    label: str
    values: Sequence[tuple[Series, str]]
    url: str
    is_late: bool


@dataclass(frozen=True)
class Legend:
    """The name of a series with its colour, and its own list."""

    label: str
    tone: str
    url: str


@dataclass(frozen=True)
class Chart:
    """A figure, drawn. `ends` are the ends and the middle of both axes."""

    figure: Figure
    content: Content
    heading: str
    summary: str
    csv_url: str
    width: int
    height: int
    rects: Sequence[Rect]
    lines: Sequence[Line]
    cells: Sequence[Cell]
    legend: Sequence[Legend]
    ticks: Sequence[str]
    ends: Sequence[str]


def draw(figure: Figure, content: Content, period: Period, addresses: Addresses) -> Chart:
    """Return the chart of a figure."""
    rows, is_ranking = content.rows, figure.shape == Shape.BARS
    top = _top(figure, content)
    csv = Link("voices:dashboard-figure", period.query, (figure.name,))
    return Chart(
        figure=figure,
        content=content,
        heading=heading_of(figure, period),
        summary=_summary(figure, content, period),
        csv_url=addresses.of(csv),
        width=HEIGHT if is_ranking else CELL * len(rows),
        height=CELL * len(rows) if is_ranking else HEIGHT,
        rects=tuple(_RECTS[figure.shape](content, top)),
        lines=tuple(_lines(content, top)) if figure.shape == Shape.LINES else (),
        cells=[_cell(figure, content, number, addresses) for number in range(len(rows))],
        legend=[Legend(one.label, one.tone, addresses.of(one.link)) for one in content.series],
        ticks=[figure.text(top), figure.text(top / 2), "0"],
        ends=_ends(rows),
    )


def _cell(figure: Figure, content: Content, number: int, addresses: Addresses) -> Cell:
    row = content.rows[number]
    values = list(zip(content.series, texts(figure, row), strict=True))
    return Cell(row.label, values, addresses.of(row.link), number >= len(content.rows) / 2)


def _ends(rows: Sequence[Row]) -> list[str]:
    places = dict.fromkeys((0, (len(rows) - 1) // 2, len(rows) - 1)) if rows else {}
    return [rows[place].label for place in places]


def _summary(figure: Figure, content: Content, period: Period) -> str:
    """Return a text alternative of the chart."""
    when = f", {period.label}" if not figure.heading else ""
    return f"{figure.title}{when}: {content.headline} {content.note}"


def _top(figure: Figure, content: Content) -> float:
    """Return the end of the axis: the first round number that no value exceeds."""
    stacked = figure.shape == Shape.COLUMNS
    most = max((_most(row, stacked=stacked) for row in content.rows), default=0)
    if figure.shape == Shape.BARS:
        return most or 1
    scale = 1.0
    while scale * MIDDLES[-1] * 2 < most:
        scale *= 10
    middles = (scale * middle for middle in MIDDLES if scale > 1 or middle == int(middle))
    return next(middle * 2 for middle in middles if middle * 2 >= most)


def _most(row: Row, *, stacked: bool) -> float:
    values = [value or 0 for value in row.values]
    return sum(values) if stacked else max(values, default=0)


def _columns(content: Content, top: float) -> Iterator[Rect]:
    for place, row in enumerate(content.rows):
        below = 0.0
        for series, value in zip(content.series, row.values, strict=True):
            if value:
                height = value / top * HEIGHT
                y = HEIGHT - below - height
                yield Rect(series.tone, place * CELL + GAP, _cut(y), CELL - 2 * GAP, _cut(height))
                below += height


def _bars(content: Content, top: float) -> Iterator[Rect]:
    for place, row in enumerate(content.rows):
        width = (row.values[0] or 0) / top * HEIGHT
        tone = (
            content.series[0].tone if row.link else "quiet"
        )  # the sum of other values has no list behind it
        yield Rect(tone, 0, place * CELL + 0.5, _cut(width), CELL - 1)


def _no_rects(content: Content, top: float) -> Iterator[Rect]:
    return iter(())


_RECTS = {Shape.COLUMNS: _columns, Shape.BARS: _bars, Shape.LINES: _no_rects}


def _lines(content: Content, top: float) -> Iterator[Line]:
    for number, series in enumerate(content.series):
        yield Line(series.tone, _path([row.values[number] for row in content.rows], top))


def _path(values: Sequence[float | None], top: float) -> str:
    """Return the path, with gaps for unknown values; round line caps make a single point a dot."""
    parts, is_drawing = [], False
    for place, value in enumerate(values):
        if value is not None:
            point = f"{place * CELL + CELL / 2:g} {_cut(HEIGHT - value / top * HEIGHT):g}"
            parts.append(f"L{point}" if is_drawing else f"M{point}h0")
        is_drawing = value is not None
    return "".join(parts)


def _cut(value: float) -> float:
    return round(value, 2)
