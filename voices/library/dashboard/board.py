"""The dashboard of a team: what needs a hand, and the figures, each with what it shows."""

from collections.abc import Sequence

from voices.access import Verb, require
from voices.library.dashboard.attention.base import Item
from voices.library.dashboard.figures.base import Content, Figure
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.registry import attention, figures


def items_of(reading: Reading) -> Sequence[Item]:
    """Return what needs a hand, the most pressing kind first. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    return [item for one in attention().values() for item in one.find(reading)]


def figures_of(reading: Reading) -> Sequence[tuple[Figure, Content]]:
    """Return every figure with what it shows. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    return [(one, one.read(reading)) for one in figures().values()]


def figure_of(reading: Reading, name: str) -> tuple[Figure, Content] | None:
    """Return the figure of that name with what it shows; None if there is none. Raises PermissionDenied."""
    require(reading.member, Verb.READ_DASHBOARD)
    found = figures().get(name)
    return (found, found.read(reading)) if found else None
