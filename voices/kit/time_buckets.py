"""Buckets of a histogram of durations, each a tenth wider than the one before: quantiles within 5 %."""

import math
from collections.abc import Mapping

GROWTH = 1.1
_WIDTH = math.log(GROWTH)
LAST = 160  # begins at 1.1^160 s, seven weeks


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration: bucket n begins at 1.1^n s; durations below 1 s, even negative ones, are in 0.

    A duration is negative if the clock was set back in between.
    """
    return min(LAST, int(math.log(seconds) / _WIDTH)) if seconds > 1 else 0


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the quantile of the durations in seconds; None without any.

    It is the middle of its bucket, so at most 5 % off.
    """
    total, seen = sum(counts.values()), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen and seen >= share * total:
            return float(GROWTH ** (bucket + 0.5))
    return None
