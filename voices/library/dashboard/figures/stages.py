"""The voices by stage."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.models import Stage

TONES = {Stage.DRAFT: "two", Stage.APPROVED: "good", Stage.RETIRED: "quiet"}


def read(reading: Reading) -> Content:
    """Return the voices of each stage, the retired among them."""
    counts = reading.voices.stages
    rows = [Row(str(stage.label), (counts[stage.value],), library(stage=stage.value)) for stage in TONES]
    return Content([Series("Voices")], rows, f"{counts[Stage.APPROVED.value]:,}", "approved")


FIGURE = Figure(
    name="stages", title="Voices by stage", position=80, shape=Shape.BARS, read=read, heading="Stage",
    empty="There are no voices yet.",
)  # fmt: skip
