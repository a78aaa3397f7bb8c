"""What every kind of background work shares: who does it and when, how long it waits, and what our own faults say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from voices.althea import AltheaError, ThrottledError

MAX_CRASHES = 5  # errors of our own, or workers killed, after which a row is given up
MIN_LEASE = 5.0  # seconds; a shorter lease would run out in the hands of a worker on a busy machine


def own_fault(consequence: str) -> str:
    """Return the message of an error of our own, with what follows from it."""
    return f"Something went wrong in Voice Studio{consequence} The reason is in the server's log."


@dataclass(frozen=True)
class RetryPolicy:
    """All waits of a worker, in seconds."""

    lease: float = 60.0
    lookups: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    last_lookups: tuple[float, ...] = (5.0, 30.0, 120.0)
    taken_lookups: tuple[float, ...] = (0.0, 5.0, 30.0)  # of a name that was free just before the send
    retries: tuple[float, ...] = (1.0, 3.0)
    crash: float = 5.0

    def scaled(self, factor: float) -> "RetryPolicy":
        """Return the same policy with every wait times the factor; for tests and demonstrations."""

        def times(waits: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(wait * factor for wait in waits)

        return RetryPolicy(
            max(self.lease * factor, min(self.lease, MIN_LEASE)),
            times(self.lookups),
            times(self.last_lookups),
            times(self.taken_lookups),
            times(self.retries),
            self.crash * factor,
        )

    def wait_after(self, error: AltheaError, attempts: int) -> float:
        """Return how long to wait after a try that failed: as long as Althea asks, else by the number of tries."""
        if isinstance(error, ThrottledError):
            return error.retry_after_seconds
        return self.retries[min(max(attempts, 1), len(self.retries)) - 1]


@dataclass(frozen=True)
class WorkerContext:
    """Which worker does the work, by which waits, and at what time."""

    worker_id: str
    policy: RetryPolicy
    now: Callable[[], datetime]

    def ended(self) -> dict[str, Any]:
        """Return the columns of a row that ends now."""
        return {"ended_at": self.now(), "lease_until": None}

    def due_in(self, seconds: float) -> dict[str, Any]:
        """Return the columns of a row that is released and due in so many seconds."""
        return {"due_at": self.now() + timedelta(seconds=seconds), "lease_until": None}
