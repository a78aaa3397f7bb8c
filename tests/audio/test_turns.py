"""Who may work at the same time."""

from contextlib import ExitStack

import pytest

from voices.audio.errors import ChildTimeoutError
from voices.audio.turns import CORES, LARGE_BYTES, turn


def test_large_files_leave_a_turn_to_small_ones() -> None:
    with ExitStack() as held:
        for _ in range(CORES - 1):
            held.enter_context(turn(LARGE_BYTES + 1, wait_seconds=0.01))
        with pytest.raises(ChildTimeoutError), turn(LARGE_BYTES + 1, wait_seconds=0.01):
            pass
        with turn(LARGE_BYTES, wait_seconds=0.01), pytest.raises(ChildTimeoutError):
            held.enter_context(turn(1, wait_seconds=0.01))
    with turn(LARGE_BYTES + 1, wait_seconds=0.01):
        pass
