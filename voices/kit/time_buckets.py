"""Buckets of a histogram of durations, each a tenth wider than the one before: quantiles within 5 %."""

import math
from collections.abc import Mapping

GROWTH = 1.1
_WIDTH = math.log(GROWTH)
LAST = 160  # begins at 1.1^160 s, seven weeks


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration: number n from 1.1^n s on; what takes less than 1 s, or less than nothing, is 0.

    A clock that is set back between two moments makes what lies between them negative.
    """
    return min(LAST, int(math.log(seconds) / _WIDTH)) if seconds > 1 else 0


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the duration that this share of all stays within, in seconds; None where there are none.

    It is the middle of its bucket, so off by 5 % at most.
    """
    total, seen = sum(counts.values()), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen and seen >= share * total:
            return float(GROWTH ** (bucket + 0.5))
    return None
