"""How many requests a token may still make in this minute, shared by all web processes.

A process takes units in blocks, so that most requests cost no query; what it has taken and not used when the minute
ends is lost, which only makes the limit a little lower.
"""

from dataclasses import dataclass
from datetime import datetime

from voices.models import ApiToken

UNITS_A_MINUTE = 120
BLOCK = 20
TRIES = 5


@dataclass(frozen=True)
class Lease:
    """Units that a process may use; `left` are those that no process has taken yet."""

    granted: int
    left: int


def lease_units(digest: str, units: int, window_at: datetime) -> Lease | None:
    """Take a block of units, at least so many, of the minute that begins then; two queries.

    Return None if there is no such token, and a lease of 0 if too few are left.
    """
    for _ in range(TRIES):
        row = ApiToken.objects.filter(digest=digest).values_list("window_at", "window_used").first()
        if row is None:
            return None
        at, stored = row
        begun = at is not None and at >= window_at
        used = stored if begun else 0
        granted = min(BLOCK, UNITS_A_MINUTE - used)
        if granted < units:
            return Lease(0, UNITS_A_MINUTE - used)
        unchanged = ApiToken.objects.filter(digest=digest, window_at=at, window_used=stored)
        if unchanged.update(window_at=at if begun else window_at, window_used=used + granted):
            return Lease(granted, UNITS_A_MINUTE - used - granted)
    return Lease(0, 0)  # other processes were faster, five times
