"""Which voices were played most."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.voice_use import PLAYS


def content_of(reading: Reading, kind: str, series: Series) -> Content:
    """Return the voices with the most uses of that kind in the period."""
    bars = [
        Row(use.name, (use.count,), Link("voices:voice", args=(use.voice_id,)))
        for use in reading.used_voices
        if use.kind == kind
    ]
    total = sum(bar.values[0] or 0 for bar in bars)
    return Content([series], bars, f"{total:,.0f}", f"{kind} of these voices")


def read(reading: Reading) -> Content:
    """Return the voices with the most plays in the period."""
    return content_of(reading, PLAYS, Series("Plays"))


FIGURE = Figure(
    name="plays", title="Most played voices", position=40, shape=Shape.BARS, read=read, heading="Voice",
    empty="No voices were played in this period.",
)  # fmt: skip
