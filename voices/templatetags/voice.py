"""The bar chart of a voice's calls per day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

register = template.Library()

STEP, BAR, HEIGHT = 10, 7, 56
MIN_HEIGHT = 1.5  # so that a day without calls stays visible


@dataclass(frozen=True)
class Bar:
    """The bar of one day, in units of the chart."""

    x: int
    height: float
    label: str
    is_none: bool
    width: int = BAR

    @property
    def y(self) -> float:
        """The upper edge; bars stand on the bottom line."""
        return round(HEIGHT - self.height, 2)


@register.inclusion_tag("voice/_bars.html")
def use_bars(daily: Sequence[tuple[date, int]]) -> dict[str, Any]:
    """Render one bar per day, oldest first, with a text for screen readers."""
    highest = max((calls for _, calls in daily), default=0)
    bars = [_bar(place, day, calls, highest) for place, (day, calls) in enumerate(daily)]
    first, last = (daily[0][0], daily[-1][0]) if daily else (None, None)
    size = {"width": STEP * max(1, len(daily)), "height": HEIGHT}
    return {"bars": bars, "label": summary_of(daily), "first": first, "last": last, **size}


def _bar(place: int, day: date, calls: int, highest: int) -> Bar:
    height = round(max(MIN_HEIGHT, HEIGHT * calls / highest if highest else 0), 2)
    return Bar(place * STEP, height, f"{_day(day)}: {_calls(calls)}", is_none=not calls)


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _calls(number: int) -> str:
    return f"{number} call" if number == 1 else f"{number} calls"


def summary_of(daily: Sequence[tuple[date, int]]) -> str:
    """Return the chart in words: on how many days there were calls, and which day had most."""
    days = [one for one in daily if one[1]]
    if not days:
        return "No calls."
    day, most = max(days, key=lambda one: one[1])
    on = f"Calls on {len(days)} of {len(daily)} days"
    return f"{on}, most on {_day(day)}: {_calls(most)}."
