"""The period that the figures show, and how it is divided: into days, weeks or months, in UTC."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from voices.models import SHOWN_DAYS

DEFAULT, YEAR, OWN = "30", "12m", "own"
LENGTHS = {"7": 7, "30": 30, "90": 90}  # days
LABELS = {"7": "7 days", "30": "30 days", "90": "90 days", YEAR: "12 months"}
BY_DAY, BY_WEEK = 31, 190  # the longest periods that are divided so
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A part of a period, from its first day to its last one."""

    first: date
    last: date
    label: str


@dataclass(frozen=True)
class Period:
    """From the first day to the last one; `name` is one of LABELS, or OWN."""

    name: str
    first: date
    last: date

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans of the period, each a column of a chart."""
        return tuple(_spans(self))

    @property
    def unit(self) -> str:
        """The unit of its spans: day, week or month."""
        days = (self.last - self.first).days + 1
        return "Day" if days <= BY_DAY else "Week" if days <= BY_WEEK else "Month"

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The period as names and values of a URL."""
        if self.name != OWN:
            return (("period", self.name),)
        return ("from", self.first.isoformat()), ("to", self.last.isoformat())

    @property
    def label(self) -> str:
        """The period in words."""
        return LABELS.get(self.name) or f"{day_text(self.first)} to {day_text(self.last)}"

    def placed(self) -> Callable[[date], int]:
        """Return a function that gives the index of a day's span."""
        begins = [span.first for span in self.spans]
        return lambda day: bisect_right(begins, day) - 1


def day_text(day: date) -> str:
    """Return a day as people read it: `3 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def parse_period(given: Mapping[str, str], *, today: date) -> Period:
    """Return the period of a URL. Never raise: unknown or invalid values give the last 30 days."""
    first, last = (_date(given.get(name, "")) for name in ("from", "to"))
    if first and last:
        oldest = today - SHOWN_DAYS * DAY
        first, last = (min(max(day, oldest), today) for day in sorted((first, last)))
        return Period(OWN, first, last)
    if given.get("period") == YEAR:
        return Period(YEAR, _months_before(today, 11), today)
    name = given.get("period", "")
    name = name if name in LENGTHS else DEFAULT
    return Period(name, today - (LENGTHS[name] - 1) * DAY, today)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= 2000 else None


def _months_before(day: date, months: int) -> date:
    """Return the first day of the month that is `months` before that of the day."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, 1)


def _spans(period: Period) -> Iterator[Span]:
    unit, first = period.unit, period.first
    while first <= period.last:
        last = min(_last_of(unit, first), period.last)
        yield Span(first, last, f"{first:%b %Y}" if unit == "Month" else f"{first.day} {first:%b}")
        first = last + DAY


def _last_of(unit: str, day: date) -> date:
    if unit == "Day":
        return day
    if unit == "Week":
        return day + (6 - day.weekday()) * DAY
    return _months_before(day, -1) - DAY
