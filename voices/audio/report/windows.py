"""Which part of a recording to take: the cleanest window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans
from voices.audio.report.pauses import cuts

BEST_SECONDS = 45.0  # upstream says that 30 to 60 s work best
SPREAD = 5.0  # seconds that a window may be longer or shorter

FLOOR = 1e-10  # -100 dBFS
CLEAN = 40.0  # dB of signal to noise: more is not heard
CLIPPED = 0.003  # share of clipping that is poor
WEIGHTS = np.array([0.5, 0.3, 0.2])
REASONS = ("least noise", "fewest pauses", "least distortion")
NOTABLE = 0.01  # of the score

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a recording, in seconds from its beginning, and why it was chosen."""

    start: float
    end: float
    reason: str


class Steps:
    """Sums over steps of 10 ms, from which the quality of any window follows at once.

    `powers` are the mean powers of the steps, `active` says in which somebody speaks, `clipped` which share of each
    is clipped.
    """

    def __init__(self, powers: NDArray[np.float32], active: NDArray[np.bool_], clipped: Numbers) -> None:
        self.count = powers.size
        rows = [active, ~active, powers * active, powers * ~active, clipped]
        self._sums = np.stack([np.concatenate([[0.0], np.cumsum(row, dtype=np.float64)]) for row in rows])

    def qualities(self, starts: Places, ends: Places) -> Numbers:
        """Return the qualities of the windows from each start to each end, 0..1, as rows in the order of REASONS."""
        speech, pause, loud, quiet, clipped = self._sums[:, ends] - self._sums[:, starts]
        length = np.maximum(ends - starts, 1)
        ratio = (loud / np.maximum(speech, 1) + FLOOR) / (quiet / np.maximum(pause, 1) + FLOOR)
        noiseless = np.clip(10 * np.log10(ratio) / CLEAN, 0, 1)
        unclipped = 1 - np.clip(clipped / length / CLIPPED, 0, 1)
        return np.stack([noiseless, speech / length, unclipped])


def best_window(steps: Steps, speech: Spans, *, seconds: float = BEST_SECONDS) -> Window | None:
    """Return the cleanest window of about `seconds` between two pauses; None if the recording is hardly longer."""
    if steps.count <= (seconds + SPREAD) * 100:
        return None
    starts, ends = _candidates(_places(speech, steps.count), seconds)
    qualities = steps.qualities(starts, ends)
    best = int(np.argmax(scores(qualities)))
    whole = steps.qualities(np.array([0]), np.array([steps.count]))[:, 0]
    start, end = int(starts[best]) / 100, int(ends[best]) / 100
    return Window(start, end, _reason(qualities[:, best] - whole))


def scores(qualities: Numbers) -> Numbers:
    """Return one score, 0..1, for each window."""
    return WEIGHTS @ qualities


def _places(speech: Spans, count: int) -> Places:
    """Return the steps at which the recording can be cut: in every pause, or every half second if nobody pauses."""
    seconds = count / 100
    inside = [moment for pause in cuts(speech, seconds=seconds) for moment in pause]
    longest = max((end - start for start, end in speech), default=0.0)
    if longest > SPREAD:
        inside += np.arange(0, seconds, 0.5).tolist()
    return np.unique(np.rint(np.array(inside) * 100).astype(np.int64).clip(0, count))


def _candidates(places: Places, seconds: float) -> tuple[Places, Places]:
    """Return starts and ends of all windows between two places that are about `seconds` long."""
    low = np.searchsorted(places, places + round((seconds - SPREAD) * 100))
    high = np.searchsorted(places, places + round((seconds + SPREAD) * 100), side="right")
    starts = np.repeat(places, high - low)
    ends = np.concatenate([places[first:last] for first, last in zip(low, high, strict=True)])
    return starts, ends


def _reason(gains: Numbers) -> str:
    """Return what is better in a window than in the whole, as a sentence, the most important first."""
    better = [reason for reason, gain in zip(REASONS, gains * WEIGHTS, strict=True) if gain > NOTABLE]
    if not better:
        return "As good as the rest, and it begins and ends in a pause."
    return " and ".join(better).capitalize() + "."
