"""Two ways to do the same, timed in turn, so that whatever else the machine does meets both."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median


def seconds(action: Callable[[], object]) -> float:
    """Return the wall time of a call."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


@dataclass(frozen=True)
class Pairs:
    """Seconds of our way and of the other one; the two of a pair were measured one right after the other."""

    ours: list[float]
    other: list[float]

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios: one disturbed pair does not move it."""
        return median(mine / theirs for mine, theirs in zip(self.ours, self.other, strict=True))

    @property
    def note(self) -> str:
        """Both medians, as information."""
        return f"{shown(median(self.ours))} against {shown(median(self.other))}, {len(self.ours)} pairs"


def in_turn(ours: Callable[[], float], other: Callable[[], float], *, pairs: int) -> Pairs:
    """Measure A B A B; the calls return seconds. A first pair warms up and is not counted."""
    ours(), other()
    return paired((ours(), other()) for _ in range(pairs))


def paired(pairs: Iterable[tuple[float, float]]) -> Pairs:
    """Return the pairs as two columns."""
    ours, other = zip(*pairs, strict=True)
    return Pairs(list(ours), list(other))


def shown(value: float) -> str:
    """Return seconds as people read them."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"
