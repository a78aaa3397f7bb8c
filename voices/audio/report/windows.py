"""Which part of a recording to take: the cleanest window, and moments moved into pauses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans

BEST_SECONDS = 45.0  # upstream says that 30 to 60 s work best
SPREAD = 5.0  # seconds that a window may be longer or shorter
MARGIN = 0.1  # seconds between a cut and the speech beside it
REACH = 2.0  # seconds that a moment is moved at most

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
    starts, ends = _candidates(_cuts(speech, steps.count), seconds)
    qualities = steps.qualities(starts, ends)
    best = int(np.argmax(scores(qualities)))
    whole = steps.qualities(np.array([0]), np.array([steps.count]))[:, 0]
    start, end = int(starts[best]) / 100, int(ends[best]) / 100
    return Window(start, end, _reason(qualities[:, best] - whole))


def scores(qualities: Numbers) -> Numbers:
    """Return one score, 0..1, for each window."""
    return WEIGHTS @ qualities


def _cuts(speech: Spans, count: int) -> Places:
    """Return the steps at which the recording can be cut: in every pause, or every half second if nobody pauses."""
    seconds = count / 100
    pauses = _pauses(speech, seconds)
    inside = [_nearest_in(edge, *pause, seconds=seconds) for pause in pauses for edge in pause]
    longest = max((end - start for start, end in speech), default=0.0)
    if longest > SPREAD:
        inside += np.arange(0, seconds, 0.5).tolist()
    return np.unique(np.rint(np.array(inside) * 100).astype(np.int64).clip(0, count))


def _candidates(cuts: Places, seconds: float) -> tuple[Places, Places]:
    """Return starts and ends of all windows between two cuts that are about `seconds` long."""
    low = np.searchsorted(cuts, cuts + round((seconds - SPREAD) * 100))
    high = np.searchsorted(cuts, cuts + round((seconds + SPREAD) * 100), side="right")
    starts = np.repeat(cuts, high - low)
    ends = np.concatenate([cuts[first:last] for first, last in zip(low, high, strict=True)])
    return starts, ends


def _reason(gains: Numbers) -> str:
    """Return what is better in a window than in the whole, as a sentence, the most important first."""
    better = [reason for reason, gain in zip(REASONS, gains * WEIGHTS, strict=True) if gain > NOTABLE]
    if not better:
        return "As good as the rest, and it begins and ends in a pause."
    return " and ".join(better).capitalize() + "."


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
