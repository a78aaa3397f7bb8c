"""Integrated loudness, EBU R128 (ITU-R BS.1770-4), of mono samples."""

import numpy as np
from numpy.typing import NDArray

SILENCE = -70.0  # LUFS: the absolute gate, below which nothing counts
STEP = 4_410  # samples between two gating blocks of 0.4 s at 44.1 kHz


def integrated(powers: NDArray[np.float64]) -> float:
    """Return the loudness in LUFS of K-weighted mean powers of every 0.1 s; SILENCE if nothing is louder."""
    if powers.size < 4:
        return SILENCE
    blocks = np.convolve(powers, np.full(4, 0.25), mode="valid")
    heard = blocks[blocks > _power(SILENCE)]
    if not heard.size:
        return SILENCE
    gated = heard[heard > heard.mean() / 10]  # the relative gate, 10 LU below
    return float(-0.691 + 10 * np.log10(gated.mean()))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
