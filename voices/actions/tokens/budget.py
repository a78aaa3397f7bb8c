"""The request budget of each token per minute, shared by all web processes.

A process takes units in blocks, so that most requests cost no query. Units left unused at the end of the minute
are lost, which only lowers the limit a little.
"""

from dataclasses import dataclass
from datetime import datetime

from voices.models import ApiToken

UNITS_A_MINUTE = 120
BLOCK = 20
TRIES = 5


@dataclass(frozen=True)
class Lease:
    """Units granted to a process; `left` are those not granted to any yet."""

    granted: int
    left: int


def lease_units(digest: str, units: int, window_at: datetime) -> Lease | None:
    """Take a block of at least `units` from the minute that starts at `window_at`; two queries.

    Return None for an unknown token, and a lease of 0 units if too few are left.
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
    return Lease(0, 0)  # five times, another process was faster
