"""Links of the dashboard: a route with its arguments, which the web layer resolves to a URL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Link:
    """A route by its name, with its query and arguments."""

    route: str
    query: tuple[tuple[str, str], ...] = ()
    args: tuple[object, ...] = ()


def library(**filters: str) -> Link:
    """Return the link to the library with these filters."""
    return Link("voices:library", tuple(filters.items()))


def clones(first: date, last: date, **filters: str) -> Link:
    """Return the link to the list of clones that ended on these days."""
    days = (("from", first.isoformat()), ("to", last.isoformat()))
    return Link("voices:dashboard-clones", (*_given(filters.items()), *days))


def _given(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs if value)
