"""A figure as a table: on the page, and as CSV."""

from voices.library import export
from voices.library.dashboard.figures.base import Content, Figure, Row
from voices.library.dashboard.period import Period

UNKNOWN = "–"


def heading_of(figure: Figure, period: Period) -> str:
    """Return the head of the first column: the figure's own, or the part of the period."""
    return figure.heading or period.unit


def texts(figure: Figure, row: Row) -> list[str]:
    """Return the row's values with their units."""
    return [UNKNOWN if value is None else figure.text(value) for value in row.values]


def as_csv(figure: Figure, content: Content, period: Period) -> str:
    """Return the figure as CSV: plain numbers, days as ISO 8601, and nothing that could run as a formula."""
    spans = [] if figure.heading else [span.first.isoformat() for span in period.spans]
    labels = spans or [row.label for row in content.rows]
    head = [heading_of(figure, period), *(one.label for one in content.series)]
    body = [
        [label, *("" if value is None else f"{value:.10g}" for value in row.values)]
        for label, row in zip(labels, content.rows, strict=True)
    ]
    return export.BYTE_ORDER_MARK + export.lines([list(map(export.cell, line)) for line in [head, *body]])
