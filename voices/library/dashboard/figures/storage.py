"""The storage used by the team's files."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.reading import Reading
from voices.models import StorageSample

UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB"))


def bytes_text(value: float) -> str:
    """Return a size with its unit: `1.4 GB`."""
    size, unit = next((one for one in UNITS if value >= one[0]), (1, "B"))
    number = value / size
    return f"{number:,.0f} {unit}" if number >= 100 or number == int(number) else f"{number:.1f} {unit}"


def read(reading: Reading) -> Content:
    """Return the storage used by recordings and previews at the end of each span."""
    period, place = reading.period, reading.period.placed()
    rows = StorageSample.objects.filter(team=reading.member.team, day__range=(period.first, period.last))
    values: list[tuple[float | None, ...]] = [(None, None) for _ in period.spans]
    for day, *found in rows.order_by("day").values_list("day", "recording_bytes", "preview_bytes"):
        values[place(day)] = tuple(found)
    last = next((found for found in reversed(values) if found[0] is not None), (0, 0))
    series = [Series("Recordings", "one"), Series("Previews", "two")]
    found_rows = [Row(span.label, found) for span, found in zip(period.spans, values, strict=True)]
    return Content(series, found_rows, bytes_text(sum(size or 0 for size in last)), "in files")


FIGURE = Figure(
    name="storage", title="Storage", position=55, shape=Shape.COLUMNS, read=read, text=bytes_text,
    empty="No measurements yet. Storage is measured every hour.",
)  # fmt: skip
