"""95 % intervals of a mean of whole scores, for the few scores that a team gives.

The percentile bootstrap, with two corrections for small samples:

- It is smoothed: a score stands for the half step around it, so that five equal scores are not taken for certainty.
- Its percentiles are moved outwards by Student's t (the expanded percentile interval: Hesterberg, What Teachers Should
  Know About the Bootstrap, 2014, section 4.3). Plain percentiles cover the true mean in 83 % of samples of five.

The bootstrap distribution of so few whole numbers is computed exactly instead of being sampled, so there is no seed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import cos, pi, sqrt, tan
from statistics import NormalDist

LEVEL = 0.95
MIN_SCORES = 4  # of three, the interval covers the true mean in 92 % of samples only
NORMAL = NormalDist()
STEPS = 4_000
BYTE = 8


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval of the true mean, given the scores."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether it lies on one side of zero."""
        return self.low > 0 or self.high < 0


def mean_interval(scores: Sequence[int], *, within: tuple[int, int], step_variance: float) -> Interval | None:
    """Return the interval of the mean of whole scores; None for fewer than MIN_SCORES.

    `within` are the lowest and the highest mean possible, `step_variance` is the variance of what rounding to whole
    scores has taken away: 1/12 for a score, 1/6 for a difference of two.
    """
    count = len(scores)
    if count < MIN_SCORES:
        return None
    sums, spread = _bootstrap_sums(scores), sqrt(count * step_variance)
    tail = _tail(count)
    lowest, highest = (count * bound for bound in within)
    low, high = (_quantile(sums, spread, share) for share in (tail, 1 - tail))
    return Interval(max(low, lowest) / count, min(high, highest) / count)


@cache
def _tail(count: int) -> float:
    """Return the share of resamples that is left out on each side."""
    return NORMAL.cdf(-sqrt(count / (count - 1)) * _student(count - 1))


def _student(freedom: int) -> float:
    """Return the quantile of Student's t of which LEVEL is between it and its negative.

    By the midpoint rule, with t = sqrt(freedom) * tan(angle): the density is then cos(angle) ** (freedom - 1).
    """
    angles = [pi * (step + 0.5) / STEPS - pi / 2 for step in range(STEPS)]
    shares = list(accumulate(cos(angle) ** (freedom - 1) for angle in angles))
    wanted = shares[-1] * (1 + LEVEL) / 2
    return sqrt(freedom) * tan(
        next(angle for angle, share in zip(angles, shares, strict=True) if share >= wanted)
    )


def _bootstrap_sums(scores: Sequence[int]) -> list[tuple[int, float]]:
    """Return each sum that a resample can have, with its probability, in ascending order.

    The counts are the coefficients of a polynomial's power. Python's integers compute it, with a coefficient in every
    `width` bytes: none is larger than count ** count.
    """
    count, lowest = len(scores), min(scores)
    width = count * count.bit_length() // BYTE + 1
    once = sum(many << BYTE * width * (score - lowest) for score, many in Counter(scores).items())
    terms = count * (max(scores) - lowest) + 1
    digits = (once**count).to_bytes(width * terms, "little")
    ways = (int.from_bytes(digits[width * term : width * (term + 1)], "little") for term in range(terms))
    return [(count * lowest + term, many / count**count) for term, many in enumerate(ways)]


def _quantile(sums: Sequence[tuple[int, float]], spread: float, share: float) -> float:
    """Return the value below which that share of the resamples is; the steps' sum is as good as normal."""
    low, high = sums[0][0] - 9 * spread, sums[-1][0] + 9 * spread
    while high - low > 1e-4:
        middle = (low + high) / 2
        below = sum(chance * NORMAL.cdf((middle - value) / spread) for value, chance in sums)
        low, high = (middle, high) if below < share else (low, middle)
    return (low + high) / 2
