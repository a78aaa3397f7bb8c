"""The measures are honest: what gets worse step by step is measured as worse, for every voice."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from tests.audio.report.recordings import (
    RATE,
    VOICES,
    Samples,
    amplified,
    clipped,
    limited,
    noisy,
    quantised,
    report_on,
    spoken,
    telephoned,
    with_pauses,
)
from voices.audio.report.facts import Report
from voices.audio.report.ratings import Level, rate_report


class Ladder(NamedTuple):
    """How a recording becomes worse with every rung, and which fields of its report rise or fall with that."""

    report: Callable[[Samples, float], Report]
    rungs: tuple[float, ...]
    rising: tuple[str, ...] = ()
    falling: tuple[str, ...] = ()
    voices: tuple[str, ...] = VOICES
    seconds: int = 10


LADDERS = {
    "noise": Ladder(
        lambda sound, below: report_on(quantised(noisy(sound, below))),
        (45, 38, 32, 26, 20, 14, 8, 2),
        falling=("snr", "modulation"),
        seconds=24,  # with enough pauses for every voice
    ),
    "clipping": Ladder(
        lambda sound, gain: report_on(quantised(clipped(sound, gain))),
        (1.2, 1.5, 2, 2.7, 3.6, 5, 7, 10),
        rising=("clipping",),
        falling=("crest",),
    ),
    "band limit": Ladder(
        lambda sound, hertz: report_on(quantised(limited(sound, hertz))),
        (10_000, 8_500, 7_000, 6_000, 5_000, 4_000, 3_400, 2_500),
        falling=("bandwidth",),
    ),
    "level": Ladder(
        lambda sound, gain: report_on(quantised(amplified(sound, gain))),
        (0, -5, -10, -15, -20, -25, -30, -35),
        falling=("loudness", "peak"),  # of every voice beside ffmpeg's, in test_agreement.py
        voices=VOICES[:2],
    ),
    "pauses": Ladder(
        lambda sound, seconds: report_on(with_pauses(sound, seconds)),
        (0.5, 1, 2, 3, 5, 7, 10, 14),
        rising=("silence_share",),
        voices=VOICES[:2],
    ),
    "length": Ladder(
        lambda sound, seconds: report_on(sound[: round(seconds * RATE)]),
        (23, 20, 17, 14, 11, 8, 5, 2),
        falling=("speech_seconds", "seconds"),
        voices=VOICES[:2],
        seconds=24,
    ),
    "cancellation": Ladder(
        lambda sound, share: report_on(sound, amplified(noisy(sound, 30), -3) * -np.float32(share)),
        (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1, 1.1),
        rising=("mono_loss",),
        voices=VOICES[:2],
    ),
}


def spearman(first: list[float], second: list[float]) -> float:
    """The rank correlation; equal values share their ranks."""

    def ranks(values: list[float]) -> list[float]:
        ordered = sorted(values)
        return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]

    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_every_rung_is_measured_as_worse(ladder: Ladder) -> None:
    rungs = list(range(len(ladder.rungs)))
    for voice in ladder.voices:
        reports = [ladder.report(spoken(voice)[: ladder.seconds * RATE], rung) for rung in ladder.rungs]
        for field in ladder.rising + ladder.falling:
            values = [getattr(report, field) * (-1 if field in ladder.falling else 1) for report in reports]
            assert spearman(values, rungs) >= 0.9, (voice, field, values)


def worst(*channels: Samples) -> tuple[Level, set[str]]:
    """The rating of a recording, and the measures that it comes from."""
    ratings = rate_report(report_on(*channels))
    return ratings.overall, {one.key for one in ratings.measures if one.level == ratings.overall}


@pytest.mark.parametrize("voice", VOICES)
def test_good_reading_is_good_and_damage_is_named(voice: str) -> None:
    sound = spoken(voice)
    assert worst(sound)[0] is Level.GOOD
    assert worst(telephoned(sound)) == (Level.POOR, {"bandwidth"})
    assert worst(quantised(amplified(sound, -32))) == (Level.POOR, {"loudness"})
    assert worst(noisy(sound, 12)) == (Level.POOR, {"noise"})
    assert worst(sound, -0.6 * sound) == (Level.POOR, {"mono"})
    assert "clipping" in worst(clipped(sound, 6))[1]
