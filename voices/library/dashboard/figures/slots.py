"""The number of slots used in each account."""

from voices.library.dashboard.figures.base import Content, Figure, Row, Series, Shape
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.models import SlotSample

TONES = ("one", "two", "three", "four", "five", "six")


def read(reading: Reading) -> Content:
    """Return the slots used at the end of each span: the last count in it, of each of the accounts with most."""
    period, place = reading.period, reading.period.placed()
    samples = [one for one in reading.slots if one.day <= period.last]
    latest = {one.account_id: one for one in samples}
    shown = sorted(latest.values(), key=lambda one: -one.used)[: len(TONES)]
    columns = {one.account_id: number for number, one in enumerate(shown)}
    values: list[list[float | None]] = [[None] * len(shown) for _ in period.spans]
    for one in samples:
        if one.account_id in columns:
            values[place(one.day)][columns[one.account_id]] = one.used
    rows = [Row(span.label, tuple(found)) for span, found in zip(period.spans, values, strict=True)]
    series = [
        Series(_label(one), tone, library(account=str(one.account_id)))
        for one, tone in zip(shown, TONES, strict=False)
    ]
    used, allowed = sum(one.used for one in shown), sum(one.allowed or 0 for one in shown)
    is_limited = bool(shown) and all(one.allowed for one in shown)
    return Content(series, rows, f"{used:,}", f"of {allowed:,} slots used" if is_limited else "slots used")


def _label(sample: SlotSample) -> str:
    limit = "no limit" if sample.allowed is None else f"of {sample.allowed:,}"
    return f"{sample.account} ({limit})"


FIGURE = Figure(
    name="slots", title="Slots", position=50, shape=Shape.LINES, read=read,
    empty="No counts yet. Slots are counted every hour.",
)  # fmt: skip
