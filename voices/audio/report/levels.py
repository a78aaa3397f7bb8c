"""Powers, levels and percentiles."""

from math import log10

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-10  # -100 dBFS: digital silence

Powers = NDArray[np.float32]
Levels = NDArray[np.float32]


def decibels(powers: Powers) -> Levels:
    """Return mean powers as levels in dBFS, at least -100."""
    levels: Levels = 10 * np.log10(np.maximum(powers, FLOOR))
    return levels


def level(power: float) -> float:
    """Return one power as a level in dBFS, at least -100."""
    return 10 * log10(max(power, FLOOR))


def percentile(values: NDArray[np.float32], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed; numpy's own imports masked arrays for it."""
    place = round((values.size - 1) * percent / 100)
    return float(np.partition(values, place)[place])
