"""Shared by all background work: the worker's context, the retry policy, and the message of internal errors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from voices.althea import AltheaError, ThrottledError

MAX_CRASHES = 5  # internal errors or killed workers after which a row is given up
MIN_LEASE = 5.0  # seconds; a shorter lease would run out in the hands of a worker on a busy machine


def internal_error_message(consequence: str) -> str:
    """Return the message of an internal error, continued by its consequence."""
    return f"Something went wrong in Voice Studio{consequence} The reason is in the server's log."


@dataclass(frozen=True)
class RetryPolicy:
    """All waiting times of a worker, in seconds."""

    lease: float = 60.0
    lookups: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    last_lookups: tuple[float, ...] = (5.0, 30.0, 120.0)
    taken_lookups: tuple[float, ...] = (0.0, 5.0, 30.0)  # of a name that was free just before the send
    retries: tuple[float, ...] = (1.0, 3.0)
    crash: float = 5.0

    def scaled(self, factor: float) -> "RetryPolicy":
        """Return the policy with every wait multiplied by the factor, for tests and demonstrations."""

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
        """Return how long to wait after a failed attempt: as long as Althea asks, else by the number of attempts."""
        if isinstance(error, ThrottledError):
            return error.retry_after_seconds
        return self.retries[min(max(attempts, 1), len(self.retries)) - 1]


@dataclass(frozen=True)
class WorkerContext:
    """The worker that does the work, its retry policy and its clock."""

    worker_id: str
    policy: RetryPolicy
    now: Callable[[], datetime]

    def ended(self) -> dict[str, Any]:
        """Return the columns of a row that ends now."""
        return {"ended_at": self.now(), "lease_until": None}

    def due_in(self, seconds: float) -> dict[str, Any]:
        """Return the columns of a row that is released, and due again after `seconds`."""
        return {"due_at": self.now() + timedelta(seconds=seconds), "lease_until": None}
