"""A limit on how much of one kind of work a process does at once, for threads."""

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class NoPlaceError(Exception):
    """All places are taken, and so are those to wait."""


class Places:
    """Places for `in_all` threads at a time, and `each` of one holder; `waiting` more wait for up to `seconds`."""

    def __init__(self, *, in_all: int, each: int, waiting: int, seconds: float) -> None:
        self._in_all = in_all
        self._each = each
        self._max_waiting = waiting
        self._seconds = seconds
        self._taken: Counter[Hashable] = Counter()
        self._waiting = 0
        self._freed = threading.Condition()

    @contextmanager
    def place_for(self, holder: Hashable) -> Iterator[None]:
        """Hold a place while the block runs. The holder None stands for many. Raise NoPlaceError."""
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
            raise NoPlaceError
        self._waiting += 1
        try:
            is_free = self._freed.wait_for(lambda: self._is_free(holder), self._seconds)
        finally:
            self._waiting -= 1
        if not is_free:
            raise NoPlaceError
