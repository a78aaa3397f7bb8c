"""Ratings of a report: good, fair or poor for each measure and overall. They are advice and never block."""

from dataclasses import dataclass

from voices.audio.report.facts import SILENCE, Report
from voices.audio.report.measures import all_measures
from voices.audio.report.measures.base import Level, Rating
from voices.audio.wording import listed

__all__ = ["Level", "Rating", "Ratings", "is_silent", "is_too_little_speech", "rate_report"]

MIN_SPEECH = 3.0  # seconds

_SENTENCES = {
    Level.GOOD: "This recording should clone well.",
    Level.FAIR: "This recording can be cloned, but won't sound its best because of {faults}.",
    Level.POOR: "This recording won't clone well because of {faults}.",
}


@dataclass(frozen=True, slots=True)
class Ratings:
    """The overall level, which is that of the worst measure, with a sentence, and the rating of each measure."""

    overall: Level
    advice: str
    measures: tuple[Rating, ...]


def rate_report(report: Report) -> Ratings:
    """Return the ratings of a report."""
    ratings = tuple(rating for measure in all_measures() if (rating := measure.rate(report)))
    overall = max((rating.level for rating in ratings), key=list(Level).index)
    faults = [rating.fault for rating in ratings if rating.level == overall]
    return Ratings(overall, _SENTENCES[overall].format(faults=listed(faults)), ratings)


def is_silent(report: Report) -> bool:
    """Whether the recording is silent, and refused for it."""
    return report.loudness <= SILENCE


def is_too_little_speech(report: Report) -> bool:
    """Whether there is too little speech to clone anything from it, so that the recording is refused."""
    return report.speech_seconds < MIN_SPEECH
