"""Where somebody speaks: by pymicro-vad's model, or by the level alone where there is no wheel of it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import Spans

try:
    from pymicro_vad import MicroVad
except ImportError:  # no wheel for this machine
    MicroVad = None

Levels = NDArray[np.float32]
Active = NDArray[np.bool_]  # one for every 10 ms

STEP = 160  # samples of 10 ms at 16 kHz
PAUSE = 20  # steps: a shorter gap is part of the speech
SHORTEST = 10  # steps: a shorter sound is a click


def by_model(samples: NDArray[np.int16], levels: Levels) -> Active:
    """Return in which 10 ms of 16 kHz mono samples pymicro-vad hears speech."""
    vad, content = MicroVad(), samples.tobytes()
    steps = range(0, len(content) - 2 * STEP + 1, 2 * STEP)
    chances = np.array([vad.process_10ms(content[at : at + 2 * STEP]) for at in steps])
    return chances > 0.5


def by_level(samples: NDArray[np.int16], levels: Levels) -> Active:
    """Return in which 10 ms the level (dB) is nearer to the loud ones of the recording than to the quiet ones."""
    smooth = np.convolve(levels, np.full(5, 0.2), mode="same")
    floor, top = np.percentile(smooth, [10, 95])
    if top - floor < 6:  # a tone, noise or silence: nobody pauses never
        return np.zeros(levels.size, bool)
    return smooth > max(floor + 0.4 * (top - floor), top - 35)


detect: Callable[[NDArray[np.int16], Levels], Active] = by_level if MicroVad is None else by_model


def closed(active: Active) -> Active:
    """Return `active` with short gaps filled and short sounds removed."""
    filled = active.copy()
    for start, end in runs(~active):
        if 0 < start and end < active.size and end - start < PAUSE:
            filled[start:end] = True
    for start, end in runs(filled):
        if end - start < SHORTEST:
            filled[start:end] = False
    return filled


def runs(mask: Active) -> list[tuple[int, int]]:
    """Return the runs of true values as (start, end)."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def spans(mask: Active, *, step: float = 0.01) -> Spans:
    """Return the runs in seconds."""
    return tuple((round(start * step, 3), round(end * step, 3)) for start, end in runs(mask))
