"""Ratings of a report: good, fair or poor for each measure and for the whole. Advice, never a gate."""

from dataclasses import dataclass

from voices.audio.report.facts import Report
from voices.audio.report.measures import all_measures
from voices.audio.report.measures.base import Level, Rating

__all__ = ["Level", "Rating", "Ratings", "is_silent", "is_too_little_speech", "rate_report"]

SILENT = -70.0  # LUFS
LEAST_SPEECH = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Ratings:
    """The overall level with one sentence of advice, and a rating of each measure that the report has."""

    overall: Level
    advice: str
    measures: tuple[Rating, ...]


def rate_report(report: Report) -> Ratings:
    """Return the ratings of a report: the worst that counts decides."""
    ratings = tuple(rating for measure in all_measures() if (rating := measure.rate(report)))
    worst = max(ratings, key=lambda one: list(Level).index(one.level))
    return Ratings(worst.level, worst.advice or "This recording is good to clone.", ratings)


def is_silent(report: Report) -> bool:
    """Whether nothing is to be heard: a recording that is refused."""
    return report.loudness <= SILENT


def is_too_little_speech(report: Report) -> bool:
    """Whether there is too little speech to clone a voice from: a recording that is refused."""
    return report.speech_seconds < LEAST_SPEECH
