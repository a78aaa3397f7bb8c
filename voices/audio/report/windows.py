"""The best part of a recording: the cleanest window of about 45 s."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans
from voices.audio.report.levels import FLOOR, Powers
from voices.audio.report.pauses import cuts
from voices.audio.wording import listed

BEST_SECONDS = 45.0  # upstream says that 30 to 60 s work best
SPREAD = 5.0  # seconds that a window may be longer or shorter

BREATHLESS = 10.0  # seconds of speech without a pause
FEW_PAUSES = 60  # steps
CLEAN = 40.0  # dB of signal to noise: more is not heard
CLIPPED = 0.003  # share of clipping that is poor
WEIGHTS = np.array([0.5, 0.3, 0.2])
REASONS = ("least noise", "fewest pauses", "least distortion")
NOTABLE, EQUAL = 0.02, 0.005  # differences of scores that are worth a word, and that are none

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a recording, in seconds from its beginning, and why it was chosen."""

    start: float
    end: float
    reason: str


class Steps:
    """Sums over steps of 10 ms, from which the quality of any window follows at once.

    `powers` are the mean powers of the steps, `active` says in which somebody speaks, `quiet` which are pauses,
    `clipped` which share of each is clipped.
    """

    def __init__(self, powers: Powers, active: Mask, quiet: Mask, clipped: Numbers) -> None:
        self.count = powers.size
        rows = [active, quiet, powers * active, powers * quiet, clipped]
        self._sums = np.stack([np.concatenate([[0.0], np.cumsum(row, dtype=np.float64)]) for row in rows])
        self._usual_noise = self._sums[3, -1] / max(self._sums[1, -1], 1)

    def qualities(self, starts: Places, ends: Places) -> Numbers:
        """Return the qualities of the windows from each start to each end, 0..1, as rows in the order of REASONS."""
        speech, pause, loud, quiet, clipped = self._sums[:, ends] - self._sums[:, starts]
        length = np.maximum(ends - starts, 1)
        # With few pauses a window is assumed to be as noisy as the whole.
        noise = (quiet + FEW_PAUSES * self._usual_noise) / (pause + FEW_PAUSES)
        ratio = (loud / np.maximum(speech, 1) + FLOOR) / (noise + FLOOR)
        noiseless = np.clip(10 * np.log10(ratio) / CLEAN, 0, 1)
        unclipped = 1 - np.clip(clipped / length / CLIPPED, 0, 1)
        return np.stack([noiseless, speech / length, unclipped])


def best_window(steps: Steps, speech: Spans, *, seconds: float = BEST_SECONDS) -> Window | None:
    """Return the cleanest window of about `seconds` between two pauses; None if the recording is hardly longer."""
    if steps.count <= (seconds + SPREAD) * 100:
        return None
    starts, ends = _candidates(_moments(speech, steps.count), seconds)
    if not starts.size:
        return None
    qualities = steps.qualities(starts, ends)
    score = scores(qualities)
    equal = score >= score.max() - EQUAL
    best = int(np.argmin(np.where(equal, np.abs(ends - starts - seconds * 100), np.inf)))
    whole = steps.qualities(np.array([0]), np.array([steps.count]))[:, 0]
    start, end = int(starts[best]) / 100, int(ends[best]) / 100
    return Window(start, end, _reason(qualities[:, best] - whole))


def scores(qualities: Numbers) -> Numbers:
    """Return one score, 0..1, for each window."""
    return WEIGHTS @ qualities


def _moments(speech: Spans, count: int) -> Places:
    """Return the steps at which a window may begin or end: in pauses, and within speech that goes on and on."""
    seconds = count / 100
    moments = [moment for pause in cuts(speech, seconds=seconds) for moment in pause]
    for start, end in speech:
        if end - start > BREATHLESS:
            moments += np.arange(start, end, 0.5).tolist()
    return np.array(sorted({min(round(moment * 100), count) for moment in moments}))


def _candidates(moments: Places, seconds: float) -> tuple[Places, Places]:
    """Return starts and ends of all windows between two moments that are about `seconds` long."""
    low = np.searchsorted(moments, moments + round((seconds - SPREAD) * 100))
    high = np.searchsorted(moments, moments + round((seconds + SPREAD) * 100), side="right")
    starts = np.repeat(moments, high - low)
    ends = np.concatenate([moments[first:last] for first, last in zip(low, high, strict=True)])
    return starts, ends


def _reason(gains: Numbers) -> str:
    """Return what is better in a window than in the whole, as a sentence, the most important first."""
    better = [reason for reason, gain in zip(REASONS, gains * WEIGHTS, strict=True) if gain > NOTABLE]
    if not better:
        return "No part is clearly better."
    return f"{listed(better).capitalize()}."
