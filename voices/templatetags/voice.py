"""What the voice page draws: the bars of its calls a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

register = template.Library()

STEP, BAR, HEIGHT = 10, 7, 56
MIN_HEIGHT = 1.5  # so that a day without calls is seen as one


@dataclass(frozen=True)
class Bar:
    """One day's bar, measured in the drawing's own units."""

    x: int
    height: float
    words: str
    is_none: bool
    width: int = BAR

    @property
    def y(self) -> float:
        """Its upper edge: bars stand on the ground."""
        return round(HEIGHT - self.height, 2)


@register.inclusion_tag("voice/_bars.html")
def use_bars(daily: Sequence[tuple[date, int]]) -> dict[str, Any]:
    """A bar a day, oldest first, with what a screen reader says instead."""
    most = max((calls for _, calls in daily), default=0)
    bars = [_bar(place, day, calls, most) for place, (day, calls) in enumerate(daily)]
    told = {"bars": bars, "width": STEP * max(1, len(daily)), "height": HEIGHT, "words": words_of(daily)}
    return told | {"first": daily[0][0] if daily else None, "last": daily[-1][0] if daily else None}


def _bar(place: int, day: date, calls: int, most: int) -> Bar:
    height = round(max(MIN_HEIGHT, HEIGHT * calls / most if most else 0), 2)
    return Bar(place * STEP, height, f"{_told(day)}: {_calls(calls)}", is_none=not calls)


def _told(day: date) -> str:
    return f"{day.day} {day:%B}"


def _calls(number: int) -> str:
    return f"{number} call" if number == 1 else f"{number} calls"


def words_of(daily: Sequence[tuple[date, int]]) -> str:
    """The drawing in words: on how many days it was called, and when most."""
    days = [one for one in daily if one[1]]
    if not days:
        return "No calls on any day."
    day, most = max(days, key=lambda one: one[1])
    on = f"Calls on {len(days)} of {len(daily)} days"
    return f"{on}, most on {_told(day)}: {_calls(most)}."
