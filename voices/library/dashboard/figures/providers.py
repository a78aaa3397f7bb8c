"""The voices by provider."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape, ranked
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.library.filters import all_filters
from voices.library.filters.base import NONE


def read(reading: Reading) -> Content:
    """Return the voices of each provider, as the library lists them now."""
    name_of = all_filters()["provider"].label_of
    bars = [
        Row(name_of(name or NONE), (count,), library(provider=name or NONE))
        for name, count in reading.voices.providers.items()
    ]
    count = len(reading.voices.providers.keys() - {""})
    rows = ranked(bars, others=lambda number: f"{number} other providers")
    return Content([Series("Voices")], rows, f"{count}", "provider" if count == 1 else "providers")


FIGURE = Figure(
    name="providers", title="Voices by provider", position=70, shape=Shape.BARS, read=read, heading="Provider",
    empty="There are no voices yet.",
)  # fmt: skip
