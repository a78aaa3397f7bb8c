"""The voices by the person who brought them in."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape, ranked
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.library.filters.base import NONE
from voices.library.labels import NOT_GIVEN


def read(reading: Reading) -> Content:
    """Return the voices of each owner, as the library lists them now."""
    names, counts = reading.voices.names, reading.voices.owners
    bars = [
        Row(names.get(owner or 0, NOT_GIVEN), (count,), library(owner=str(owner or NONE)))
        for owner, count in counts.items()
    ]
    people = len(counts.keys() - {None})
    rows = ranked(bars, others=lambda count: f"{count} others")
    return Content([Series("Voices")], rows, f"{people}", "owner" if people == 1 else "owners")


FIGURE = Figure(
    name="owners", title="Voices by owner", position=90, shape=Shape.BARS, read=read, heading="Owner",
    empty="There are no voices yet.",
)  # fmt: skip
