"""Speech detection: the model gives the approximate times, the level the exact ones."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.report import blocks, microvad
from voices.audio.report.facts import Spans
from voices.audio.report.levels import Levels

Active = NDArray[np.bool_]  # one for every 10 ms

CHANCE = 0.5
AROUND = 15  # steps of 10 ms: the model overlooks parts of words, above all at their edges
BLOCK, NEAR = 25, 16  # steps, and blocks of so many on either side that count as around: 4 s
GAP = 20  # steps of 10 ms: a shorter gap is part of the speech
CLICK = 6  # steps: a shorter sound is a click


def detect(mono: NDArray[np.float32], levels: Levels) -> Active:
    """Return in which 10 ms of a recording at 44.1 kHz somebody speaks. `levels` are K-weighted, in dB."""
    certain = microvad.chances(blocks.at_speech_rate(mono)) > CHANCE
    if not certain.any():
        return certain
    smooth = np.convolve(levels, np.full(5, 1 / 5))[2 : 2 + levels.size]
    return _closed(widened(certain, AROUND) & (smooth > _thresholds(smooth)))


def _thresholds(levels: Levels) -> Levels:
    """Return from which level a sound is nearer to the loud ones around it than to the noise around it."""
    padded = np.pad(levels, (NEAR * BLOCK, (NEAR + 1) * BLOCK - levels.size % BLOCK), mode="edge").reshape(
        -1, BLOCK
    )
    near = np.lib.stride_tricks.sliding_window_view(
        np.stack([padded.min(axis=1), padded.max(axis=1)]), 2 * NEAR + 1, 1
    )
    noise, loud = near[0].min(axis=1), near[1].max(axis=1)
    return np.repeat(np.maximum(noise + 0.35 * (loud - noise), loud - 35), BLOCK)[: levels.size]


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


def widened(mask: Active, steps: int) -> Active:
    """Return `mask` with so many steps more on either side of each run."""
    near: Active = np.convolve(mask, np.ones(2 * steps + 1))[steps : steps + mask.size] > 0.5
    return near


def runs(mask: Active) -> list[tuple[int, int]]:
    """Return the runs of true values as (start, end)."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def spans(mask: Active) -> Spans:
    """Return the runs in seconds."""
    return tuple((start / 100, end / 100) for start, end in runs(mask))
