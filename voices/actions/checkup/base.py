"""What a check of the installation is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong and how to mend it, each in a sentence without a secret.

    `stops_pages`: the web cannot do its work meanwhile, so a load balancer should ask another one.
    """

    sentence: str
    remedy: str
    stops_pages: bool = True


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at. `problems` finds what is wrong with it, and raises nothing but errors of the database.

    `is_probed`: /readyz asks it too, in every web process and every few seconds, so it has to be quick and cheap.
    `uses_database`: not asked while the database is away.
    `asks_others`, `reads_all`: only if whoever runs doctor wants it (--online, --thorough).
    """

    name: str
    problems: Callable[[], Iterable[Problem]]
    is_probed: bool = False
    uses_database: bool = False
    asks_others: bool = False
    reads_all: bool = False
