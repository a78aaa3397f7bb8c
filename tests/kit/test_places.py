"""Places for threads: some at once, a few of one holder, some more that wait a little."""

import threading
import time
from contextlib import ExitStack

import pytest

from voices.kit.places import NoPlaceError, Places


def is_full_for(places: Places, holder: object) -> bool:
    """Whether a holder gets no place at once."""
    try:
        with places.place_for(holder):
            return False
    except NoPlaceError:
        return True


def test_places_are_limited_per_holder_and_in_all() -> None:
    places = Places(in_all=3, each=2, waiting=0, seconds=0)
    with ExitStack() as held:
        held.enter_context(places.place_for("ada"))
        held.enter_context(places.place_for("ada"))
        assert is_full_for(places, "ada")
        assert not is_full_for(places, "ed")
        held.enter_context(places.place_for(None))
        assert is_full_for(places, "ed")
    assert not is_full_for(places, "ada")


def test_a_place_is_free_again_after_a_failure() -> None:
    places = Places(in_all=1, each=1, waiting=0, seconds=0)
    with pytest.raises(ValueError, match="broken"), places.place_for("ada"):
        raise ValueError("broken")
    assert not is_full_for(places, "ada")


def test_whoever_waits_gets_the_next_place() -> None:
    places = Places(in_all=1, each=1, waiting=1, seconds=60)
    got = threading.Event()

    def wait() -> None:
        with places.place_for("ed"):
            got.set()

    with places.place_for("ada"):
        thread = threading.Thread(target=wait)
        thread.start()
        while not places._waiting:
            time.sleep(0.001)
        assert is_full_for(places, "vera")
        assert not got.is_set()
    assert got.wait(60)
    thread.join()


def test_waiting_ends_after_its_time() -> None:
    places = Places(in_all=1, each=1, waiting=5, seconds=0.01)
    with places.place_for("ada"):
        assert is_full_for(places, "ed")
    assert not is_full_for(places, "ed")
