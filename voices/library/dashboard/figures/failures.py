"""Failed clones by reason."""

from collections import Counter

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape, ranked
from voices.library.dashboard.links import clones
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.reasons import reason_text


def read(reading: Reading) -> Content:
    """Return the failed clones by reason."""
    counts = Counter[str]()
    for _, outcome, reason, number in reading.clones:
        if outcome == "failed":
            counts[reason] += number
    first, last = reading.period.first, reading.period.last
    bars = [
        Row(reason_text(reason), (number,), clones(first, last, outcome="failed", reason=reason))
        for reason, number in counts.items()
    ]
    rows = ranked(bars, others=lambda count: f"{count} other reasons")
    return Content([Series("Failed clones", "bad")], rows, f"{counts.total():,}", "failed")


FIGURE = Figure(
    name="failures", title="Why clones failed", position=30, shape=Shape.BARS, read=read, heading="Reason",
    empty="No clones failed in this period.",
)  # fmt: skip
