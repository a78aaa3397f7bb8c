"""Time as an argument: code that waits or dates takes a `Clock`, so that tests turn the hands themselves."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What may be asked about time."""

    def now(self) -> datetime:
        """Return the date and time in UTC, aware; for records. It jumps when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only go forward; for deadlines and durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; nothing is promised about being exact."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's date and time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's seconds since some fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long and let others run."""
        await asyncio.sleep(seconds)
