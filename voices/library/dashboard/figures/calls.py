"""Which voices were used in most calls."""

from voices.library.dashboard.figures.base import Content, Figure, Series, Shape
from voices.library.dashboard.figures.plays import content_of
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.voice_use import CALLS


def read(reading: Reading) -> Content:
    """Return the voices with the most calls in the period."""
    return content_of(reading, CALLS, Series("Calls", "two"))


FIGURE = Figure(
    name="calls", title="Voices with the most calls", position=45, shape=Shape.BARS, read=read, heading="Voice",
    empty="No calls in this period. Calls are loaded from Althea about once a day.",
)  # fmt: skip
