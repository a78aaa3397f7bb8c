"""Time as an argument: code that waits or takes timestamps gets a `Clock`, which tests control."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """Return the current time, aware and in UTC, for records. It jumps when the system clock is set."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards, for deadlines and durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for about that long."""
        ...


class SystemClock:
    """The system clock."""

    def now(self) -> datetime:
        """Return the system time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since an arbitrary fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the event loop."""
        await asyncio.sleep(seconds)
