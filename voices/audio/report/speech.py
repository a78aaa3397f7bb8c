"""Where somebody speaks: the model says around what time, the level says when exactly."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.report import blocks, microvad
from voices.audio.report.facts import Spans
from voices.audio.report.levels import Levels, percentile

Active = NDArray[np.bool_]  # one for every 10 ms

CHANCE = 0.5
AROUND = 15  # steps of 10 ms: the model overlooks parts of words, above all at their edges
GAP = 20  # steps of 10 ms: a shorter gap is part of the speech
CLICK = 6  # steps: a shorter sound is a click


def detect(mono: NDArray[np.float32], levels: Levels) -> Active:
    """Return in which 10 ms of a recording at 44.1 kHz somebody speaks. `levels` are K-weighted, in dB."""
    certain = microvad.chances(blocks.at_speech_rate(mono)) > CHANCE
    if not certain.any():
        return certain
    voiced = np.convolve(certain, np.ones(2 * AROUND + 1), mode="same") > 0.5
    smooth = np.convolve(levels, np.full(3, 1 / 3), mode="same")
    top, floor = percentile(smooth[voiced], 90), percentile(smooth, 5)
    return _closed(voiced & (smooth > max(floor + 0.35 * (top - floor), top - 35)))


def _closed(active: Active) -> Active:
    """Return `active` with short gaps filled, then without short sounds."""
    filled = active.copy()
    for start, end in runs(~active):
        if start > 0 and end < active.size and end - start < GAP:
            filled[start:end] = True
    for start, end in runs(filled):
        if end - start < CLICK:
            filled[start:end] = False
    return filled


def runs(mask: Active) -> list[tuple[int, int]]:
    """Return the runs of true values as (start, end)."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def spans(mask: Active) -> Spans:
    """Return the runs in seconds."""
    return tuple((start / 100, end / 100) for start, end in runs(mask))
