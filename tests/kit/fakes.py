"""Doubles of the kit: a clock that stands still until it is told to move."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FakeClock:
    """A `Clock` moved by hand.

    By default `sleep` moves the hands and returns at once, so a retry loop of ten minutes takes no time.
    With `holds=True` a sleeper waits until `advance` has passed its moment.
    """

    def __init__(self, *, at: datetime = NOON, holds: bool = False) -> None:
        self._start = at
        self._elapsed = 0.0
        self._holds = holds
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """Return the wall time the test has set."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds advanced so far, from 0.0."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Note the call in `sleeps`; then advance at once, or wait for `advance` when the clock holds."""
        self.sleeps.append(seconds)
        if not self._holds:
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, woken))
        await woken

    def advance(self, seconds: float) -> None:
        """Move both hands forward and wake every sleeper whose moment has come."""
        self._elapsed += max(seconds, 0.0)
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self._elapsed]
        for sleeper in due:
            self._sleepers.remove(sleeper)
            if not sleeper[1].done():
                sleeper[1].set_result(None)

    def jump(self, seconds: float) -> None:
        """Set the wall time alone, as an administrator or NTP does; `monotonic` does not notice."""
        self._start += timedelta(seconds=seconds)
