"""The concurrency limit: so many at once, fewer per holder, and a short queue."""

import threading
import time
from contextlib import ExitStack

import pytest

from voices.kit.concurrency import ConcurrencyLimit, LimitReachedError


def is_full_for(limit: ConcurrencyLimit, holder: object) -> bool:
    """Whether a holder gets no place at once."""
    try:
        with limit.slot_for(holder):
            return False
    except LimitReachedError:
        return True


def test_places_are_limited_per_holder_and_in_all() -> None:
    limit = ConcurrencyLimit(in_all=3, each=2, waiting=0, seconds=0)
    with ExitStack() as held:
        held.enter_context(limit.slot_for("ada"))
        held.enter_context(limit.slot_for("ada"))
        assert is_full_for(limit, "ada")
        assert not is_full_for(limit, "ed")
        held.enter_context(limit.slot_for(None))
        assert is_full_for(limit, "ed")
    assert not is_full_for(limit, "ada")


def test_a_place_is_free_again_after_a_failure() -> None:
    limit = ConcurrencyLimit(in_all=1, each=1, waiting=0, seconds=0)
    with pytest.raises(ValueError, match="broken"), limit.slot_for("ada"):
        raise ValueError("broken")
    assert not is_full_for(limit, "ada")


def test_whoever_waits_gets_the_next_place() -> None:
    limit = ConcurrencyLimit(in_all=1, each=1, waiting=1, seconds=60)
    got = threading.Event()

    def wait() -> None:
        with limit.slot_for("ed"):
            got.set()

    with limit.slot_for("ada"):
        thread = threading.Thread(target=wait)
        thread.start()
        while not limit._waiting:
            time.sleep(0.001)
        assert is_full_for(limit, "vera")
        assert not got.is_set()
    assert got.wait(60)
    thread.join()


def test_waiting_ends_after_its_time() -> None:
    limit = ConcurrencyLimit(in_all=1, each=1, waiting=5, seconds=0.01)
    with limit.slot_for("ada"):
        assert is_full_for(limit, "ed")
    assert not is_full_for(limit, "ed")
