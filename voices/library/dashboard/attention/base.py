"""What needs attention: one object per kind, which finds items that say what is wrong and what to do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading

SHOWN, MAX_FOUND = 5, 100  # rows shown of a kind, and how many are looked for
Found = TypeVar("Found")


@dataclass(frozen=True)
class Action:
    """A button that posts to a route, or, with `is_link`, a link to it."""

    label: str
    link: Link
    is_link: bool = False


@dataclass(frozen=True)
class Item:
    """An item that needs attention. `name`, if given, starts the sentence."""

    sentence: str
    name: str = ""
    detail: str = ""
    at: datetime | None = None
    tone: str = "bad"
    link: Link | None = None
    action: Action | None = None


@dataclass(frozen=True, kw_only=True)
class Attention:
    """A kind of item that needs attention; `position` orders the page. `find` makes one query at most."""

    name: str
    position: int
    find: Callable[[Reading], Iterable[Item]]


def some(found: list[Found], item: Callable[[Found], Item], more: Callable[[str], Item]) -> Iterator[Item]:
    """Yield an item for each of the first few, and one with the number of the others."""
    yield from map(item, found[:SHOWN])
    if (rest := len(found) - SHOWN) > 0:
        yield more(f"{rest}+" if len(found) >= MAX_FOUND else f"{rest}")


def number(count: int, noun: str, plural: str = "") -> str:
    """Return the count with its noun: `1 voice`, `1,204 voices`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
