"""What a measure is: how it reads its value from a report, and what the value means to people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from voices.audio.report.facts import Report


class Level(StrEnum):
    """How good something is for cloning, the best first."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Rating:
    """One measure of one recording in words. `advice` is empty if the level is good."""

    key: str
    label: str
    value: str
    level: Level
    meaning: str
    advice: str


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `low` to `high`, both included."""

    low: float = -inf
    high: float = inf

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: `good` and `fair` are ranges of its value, all else is poor.

    `read` returns None where a recording has no such value. `show` writes the value with its unit. `meaning` says
    what is measured and why it matters, `advice` what to do about a value: the text, or a function of the report.
    """

    key: str
    label: str
    position: int
    read: Callable[[Report], float | None]
    show: Callable[[float], str]
    good: Range
    fair: Range
    meaning: str
    advice: str | Callable[[Report], str]
    worst: Level = field(default=Level.POOR)

    def rate(self, report: Report) -> Rating | None:
        """Return the rating of a report, or None if it has no such value."""
        value = self.read(report)
        if value is None:
            return None
        level = Level.GOOD if value in self.good else Level.FAIR if value in self.fair else self.worst
        advice = self.advice if isinstance(self.advice, str) else self.advice(report)
        return Rating(
            self.key, self.label, self.show(value), level, self.meaning, "" if level == Level.GOOD else advice
        )
