"""The time from submitting a clone to its voice."""

from collections import Counter

from voices.kit.time_buckets import quantile
from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import clones
from voices.library.dashboard.reading import Reading
from voices.models import DailyCloneTimes

SHARES = (0.5, 0.95)
MINUTE, HOUR = 60, 3_600


def seconds_text(value: float) -> str:
    """Return a duration with its unit: `4.2 s`, `18 s`, `3.5 min`, `1.2 h`."""
    number, unit = next(
        ((value / size, unit) for size, unit in ((HOUR, "h"), (MINUTE, "min")) if value >= size), (value, "s")
    )
    return f"{number:.0f} {unit}" if number >= 10 or number == int(number) else f"{number:.1f} {unit}"


def read(reading: Reading) -> Content:
    """Return the median and the 95th percentile of each span, from histograms, so within 5 %."""
    period = reading.period
    stored = DailyCloneTimes.objects.filter(team=reading.member.team, count__gt=0)
    within = stored.filter(day__range=(period.first, period.last))
    place, counts = period.placed(), [Counter[int]() for _ in period.spans]
    for day, bucket, number in within.values_list("day", "bucket", "count"):
        counts[place(day)][bucket] += number
    rows = [
        Row(
            span.label,
            tuple(quantile(found, share) for share in SHARES),
            clones(span.first, span.last, outcome="created") if found else None,
        )
        for span, found in zip(period.spans, counts, strict=True)
    ]
    whole = sum(counts, Counter[int]())
    half, most = (quantile(whole, share) for share in SHARES)
    series = [Series("Median", "one"), Series("95th percentile", "two")]
    if half is None or most is None:
        return Content(series, rows)
    return Content(series, rows, seconds_text(half), f"median; 95% within {seconds_text(most)}")


FIGURE = Figure(
    name="clone-times", title="Time to create a voice", position=20, shape=Shape.LINES, read=read, text=seconds_text,
    empty="No voices were created in this period.",
)  # fmt: skip
