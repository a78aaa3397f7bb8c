"""A measure: how its value is read from a report, its thresholds, and its texts."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from voices.audio.report.facts import Report

Text = str | Callable[[Report], str]  # a function if the text depends on the recording


class Level(StrEnum):
    """How well suited for cloning something is, the best first."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Rating:
    """The rating of one measure of a recording. `fault` and `advice` are empty if the level is good."""

    key: str
    label: str
    value: str
    level: Level
    meaning: str
    fault: str
    advice: str


@dataclass(frozen=True, slots=True)
class Within:
    """A range of values, both ends included."""

    low: float = -inf
    high: float = inf

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of recordings: its value is good within `good`, else fair within `fair`, else poor.

    read      its value from a report; None where a recording has no such value, which is not rated
    show      the value with its unit, as people read it
    meaning   what is measured, and why it matters
    fault     what is not good, to be put behind "because of"
    advice    what to do about it, in one or two sentences
    unknown   fault and advice where the value could not be measured, which is then rated fair instead of left out
    """

    key: str
    label: str
    position: int
    read: Callable[[Report], float | None]
    show: Callable[[float], str]
    good: Within
    fair: Within
    meaning: str
    fault: Text
    advice: Text
    unknown: tuple[str, str] | None = None

    def rate(self, report: Report) -> Rating | None:
        """Return the rating of a report, or None if it has no such value."""
        value = self.read(report)
        if value is None:
            return self._rating("Not measured", Level.FAIR, *self.unknown) if self.unknown else None
        if value in self.good:
            return self._rating(self.show(value), Level.GOOD)
        level = Level.FAIR if value in self.fair else Level.POOR
        return self._rating(
            self.show(value), level, _resolved(self.fault, report), _resolved(self.advice, report)
        )

    def _rating(self, value: str, level: Level, fault: str = "", advice: str = "") -> Rating:
        return Rating(self.key, self.label, value, level, self.meaning, fault, advice)


def _resolved(text: Text, report: Report) -> str:
    return text if isinstance(text, str) else text(report)
