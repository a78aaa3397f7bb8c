"""The clocks keep what their protocol says."""

import asyncio
from datetime import UTC, timedelta

from tests.kit.fakes import NOON, FakeClock
from voices.kit.clock import Clock, SystemClock


def test_system_clock_is_timezone_aware_and_monotonic() -> None:
    clock: Clock = SystemClock()
    before = clock.monotonic()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() >= before


async def test_the_system_clock_sleeps() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.02)
    assert clock.monotonic() - before >= 0.015


async def test_fake_clock_sleep_advances_without_waiting() -> None:
    clock: Clock = FakeClock()
    await asyncio.wait_for(clock.sleep(600), timeout=1)
    assert clock.now() == NOON + timedelta(minutes=10)
    assert clock.monotonic() == 600


async def test_holding_clock_wakes_sleepers_at_their_time() -> None:
    clock = FakeClock(holds=True)
    sleeper = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    clock.advance(9)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(1)
    await asyncio.wait_for(sleeper, timeout=1)
    assert clock.sleeps == [10]


async def test_a_holding_clock_forgets_cancelled_sleepers() -> None:
    clock = FakeClock(holds=True)
    sleeper = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    sleeper.cancel()
    await asyncio.gather(sleeper, return_exceptions=True)
    clock.advance(20)
    assert sleeper.cancelled()


def test_wall_clock_jump_does_not_move_monotonic_time() -> None:
    clock = FakeClock()
    clock.jump(-3600)
    assert clock.now() == NOON - timedelta(hours=1)
    assert clock.monotonic() == 0
