"""Which part of a recording to take: the cleanest window, and moments moved into pauses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans

BEST_SECONDS = 45.0  # upstream says that 30 to 60 s work best
SPREAD = 5.0  # seconds that a window may be longer or shorter
MARGIN = 0.1  # seconds between a cut and the speech beside it
REACH = 2.0  # seconds that a moment is moved at most

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


def snap(second: float, speech: Spans, *, seconds: float) -> float:
    """Return the moment nearest to `second` that lies in a pause; `second` itself if none is within REACH.

    `speech` are the spans of speech of a recording of `seconds` seconds. In a pause of at least twice MARGIN the
    moment keeps MARGIN from the speech, in a shorter one it is the middle. Beginning and end count as pauses.
    """
    second = min(max(second, 0.0), seconds)
    moments = [_nearest_in(second, *pause, seconds=seconds) for pause in _pauses(speech, seconds)]
    nearest = min(moments, key=lambda moment: abs(moment - second))
    return nearest if abs(nearest - second) <= REACH else second


def _pauses(speech: Spans, seconds: float) -> list[tuple[float, float]]:
    edges = [0.0, *(edge for span in speech for edge in span), seconds]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end >= start]


def _nearest_in(second: float, start: float, end: float, *, seconds: float) -> float:
    margin = min(MARGIN, (end - start) / 2)
    earliest = start + margin if start > 0 else 0.0
    latest = end - margin if end < seconds else seconds
    return min(max(second, earliest), latest)
