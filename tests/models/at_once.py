"""Several people or workers doing a thing at the same moment, each on a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def at_once(deed: Callable[[int], Result], *, count: int = 4) -> list[Result]:
    """What `deed(0)` to `deed(count - 1)` gave, all begun together; call it in a test that commits."""
    gate = Barrier(count)

    def run(number: int) -> Result:
        gate.wait(10)
        try:
            return deed(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as people:
        return list(people.map(run, range(count)))
