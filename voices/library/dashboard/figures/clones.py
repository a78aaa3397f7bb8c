"""The number of clones by outcome."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape, per_span
from voices.library.dashboard.links import clones
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.reasons import OUTCOMES

TONES = {"created": "good", "failed": "bad", "cancelled": "quiet"}
ORDER = tuple(TONES)


def read(reading: Reading) -> Content:
    """Return the clones that ended, by outcome."""
    period = reading.period
    counts = (
        (day, ORDER.index(outcome), number) for day, outcome, _, number in reading.clones if outcome in TONES
    )
    sums = per_span(reading, counts, width=len(ORDER))
    rows = [
        Row(span.label, values, clones(span.first, span.last))
        for span, values in zip(period.spans, sums, strict=True)
    ]
    series = [
        Series(OUTCOMES[name], tone, clones(period.first, period.last, outcome=name))
        for name, tone in TONES.items()
    ]
    created, failed, _ = map(sum, zip(*sums, strict=True))
    ended = created + failed
    note = f"ended, {created / ended:.0%} of those sent were created" if ended else ""
    return Content(series, rows, f"{sum(map(sum, sums)):,}", note)


FIGURE = Figure(
    name="clones", title="Clones", position=10, shape=Shape.COLUMNS, read=read, is_wide=True,
    empty="No clones ended in this period.",
)  # fmt: skip
