"""A check of the installation, and the problems it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem and its remedy, each a sentence without secrets.

    `stops_pages`: pages cannot be served, so a load balancer should use another process.
    """

    sentence: str
    remedy: str
    stops_pages: bool = True


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check. `problems` yields what is wrong, and raises nothing but database errors.

    `is_probed`: /readyz runs it, too, in every web process every few seconds, so it has to be quick and cheap.
    `uses_database`: skipped while the database is unavailable.
    `asks_others`, `reads_all`: only for `doctor --online` and `doctor --thorough`.
    """

    name: str
    problems: Callable[[], Iterable[Problem]]
    is_probed: bool = False
    uses_database: bool = False
    asks_others: bool = False
    reads_all: bool = False
