"""Integrated loudness of mono samples (EBU R128, ITU-R BS.1770-4)."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.report.facts import SILENCE


def integrated(powers: NDArray[np.float32]) -> float:
    """Return the loudness in LUFS from K-weighted mean powers of every 10 ms; SILENCE if nothing is louder."""
    tenths = powers[: powers.size // 10 * 10].reshape(-1, 10).mean(axis=1, dtype=np.float64)
    if tenths.size < 4:
        return SILENCE
    blocks = np.convolve(tenths, np.full(4, 0.25), mode="valid")  # of 0.4 s, every 0.1 s
    heard = blocks[blocks > 10 ** ((SILENCE + 0.691) / 10)]
    if not heard.size:
        return SILENCE
    gated = heard[heard > heard.mean() / 10]  # the relative gate, 10 LU below
    return float(-0.691 + 10 * np.log10(gated.mean()))
