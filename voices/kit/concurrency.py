"""A limit on the concurrent work of a process, for threads."""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class LimitReachedError(Exception):
    """All slots are taken, and the queue is full or the wait was too long."""


class ConcurrencyLimit:
    """At most `in_all` slots, `each` per holder; up to `waiting` threads wait `seconds` for one."""

    def __init__(self, *, in_all: int, each: int, waiting: int, seconds: float) -> None:
        self._in_all = in_all
        self._each = each
        self._max_waiting = waiting
        self._seconds = seconds
        self._taken: Counter[Hashable] = Counter()
        self._waiting = 0
        self._freed = threading.Condition()

    @contextmanager
    def slot_for(self, holder: Hashable) -> Iterator[None]:
        """Hold a slot while the block runs; None is not limited per holder. Raise LimitReachedError."""
        with self._freed:
            if not self._is_free(holder):
                self._wait(holder)
            self._taken[holder] += 1
        try:
            yield
        finally:
            with self._freed:
                self._taken -= Counter([holder])
                self._freed.notify_all()

    def _is_free(self, holder: Hashable) -> bool:
        has_own = holder is None or self._taken[holder] < self._each
        return has_own and self._taken.total() < self._in_all

    def _wait(self, holder: Hashable) -> None:
        if self._waiting >= self._max_waiting:
            raise LimitReachedError
        self._waiting += 1
        try:
            is_free = self._freed.wait_for(lambda: self._is_free(holder), self._seconds)
        finally:
            self._waiting -= 1
        if not is_free:
            raise LimitReachedError
