"""Who may work at the same time."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from voices.audio.concurrency import CORES, LARGE_BYTES, ProcessSlots, slot
from voices.audio.errors import ChildTimeoutError

HOLD = """
import sys, time
from pathlib import Path
from voices.audio.concurrency import ProcessSlots
slots = ProcessSlots("small", 1)
slots.share(Path(sys.argv[1]))
with slots.slot(time.monotonic() + 5):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(("size", "other"), [(LARGE_BYTES + 1, 1), (1, LARGE_BYTES + 1)])
def test_files_of_a_size_leave_a_turn_to_others(size: int, other: int) -> None:
    with ExitStack() as held:
        for _ in range(CORES - 1):
            held.enter_context(slot(size, wait_seconds=0.01))
        with pytest.raises(ChildTimeoutError), slot(size, wait_seconds=0.01):
            pass
        with slot(other, wait_seconds=0.01):
            pass
    with slot(size, wait_seconds=0.01):
        pass


def test_a_turn_is_one_of_all_processes_and_ends_with_its_own(tmp_path: Path) -> None:
    slots = ProcessSlots("small", 1)
    slots.share(tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(ChildTimeoutError), slots.slot(time.monotonic() + 0.05):
            pass
        holder.kill()
        with slots.slot(time.monotonic() + 5):
            pass


def test_threads_of_a_process_take_turns_one_after_another(tmp_path: Path) -> None:
    slots = ProcessSlots("small", 1)
    slots.share(tmp_path)
    with (
        slots.slot(time.monotonic() + 1),
        pytest.raises(ChildTimeoutError),
        slots.slot(time.monotonic() + 0.05),
    ):
        pass
    with slots.slot(time.monotonic() + 1):
        pass
