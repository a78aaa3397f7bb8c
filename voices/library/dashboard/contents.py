"""The contents of a team's dashboard: what needs attention, and the figures."""

from collections.abc import Sequence

from voices.access import Verb, require
from voices.library.dashboard.attention.base import Item
from voices.library.dashboard.figures.base import Content, Figure
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.registry import attention, figures


def items_of(reading: Reading) -> Sequence[Item]:
    """Return what needs attention, the most urgent kind first. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    return [item for one in attention().values() for item in one.find(reading)]


def figures_of(reading: Reading) -> Sequence[tuple[Figure, Content]]:
    """Return every figure with its content. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    return [(one, one.read(reading)) for one in figures().values()]


def figure_of(reading: Reading, name: str) -> tuple[Figure, Content] | None:
    """Return the figure of that name with its content; None if there is none. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    found = figures().get(name)
    return (found, found.read(reading)) if found else None
