"""The voices by language."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape, ranked
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.library.filters import all_filters
from voices.library.filters.base import NONE


def read(reading: Reading) -> Content:
    """Return the voices of each language, as the library lists them now."""
    name_of, counts = all_filters()["language"].label_of, reading.voices.languages
    bars = [
        Row(name_of(tag or NONE), (count,), library(language=tag or NONE)) for tag, count in counts.items()
    ]
    spoken = len(counts.keys() - {""})
    rows = ranked(bars, others=lambda count: f"{count} other languages")
    return Content([Series("Voices")], rows, f"{spoken}", "language" if spoken == 1 else "languages")


FIGURE = Figure(
    name="languages", title="Voices by language", position=60, shape=Shape.BARS, read=read, heading="Language",
    empty="There are no voices yet.",
)  # fmt: skip
