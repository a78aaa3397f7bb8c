"""A limit on concurrent child processes, across all processes of an installation on one host.

Children leave one core to the pages: two of them on two cores make a page twice as slow, whatever their priority. Files
of 12 MB and more have slots of their own, so that a minute of speech does not wait behind eight files of 50 MB. Without
a limit, 32 recordings that arrive together would share the cores and exceed their time limits, valid ones too.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from voices.audio.errors import ChildTimeoutError

LARGE_BYTES = 12_000_000  # an uncompressed minute of stereo is smaller
CORES = max(2, os.cpu_count() or 2)
POLL_SECONDS = 0.02


class ProcessSlots:
    """Slots of one kind, shared by all processes that use the same folder. The kernel frees those of a dead process."""

    def __init__(self, kind: str, number: int) -> None:
        self._kind, self._number = kind, number
        self._own = threading.BoundedSemaphore(number)
        self._folder: Path | None = None

    def share(self, folder: Path | None) -> None:
        """Share the slots with every process that uses this folder; with None, count this process alone."""
        self._folder = folder

    @contextmanager
    def slot(self, deadline: float) -> Iterator[None]:
        """Hold a slot while the block runs. Raise ChildTimeoutError if none is free in time."""
        if not self._own.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ChildTimeoutError("no free slot in time")
        try:
            with ExitStack() as held:
                if self._folder:
                    held.callback(os.close, self._lock(self._folder, deadline))
                yield
        finally:
            self._own.release()

    def _lock(self, folder: Path, deadline: float) -> int:
        """Return the open lock file of a free slot; closing it frees the slot."""
        while (file := self._lock_free(folder)) is None:
            if time.monotonic() >= deadline:
                raise ChildTimeoutError("no free slot in time")
            time.sleep(POLL_SECONDS)
        return file

    def _lock_free(self, folder: Path) -> int | None:
        for number in range(self._number):
            file = os.open(folder / f"{self._kind}.{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                return file
        return None


SMALL, LARGE, ALL = (
    ProcessSlots("small", CORES - 1),
    ProcessSlots("large", CORES - 1),
    ProcessSlots("all", CORES),
)


def share_slots(folder: Path | None) -> None:
    """Share all slots with the processes that use this folder, creating it if missing."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for slots in (SMALL, LARGE, ALL):
        slots.share(folder)


@contextmanager
def slot(size_bytes: int, *, wait_seconds: float) -> Iterator[None]:
    """Hold a slot for a file of this size while the block runs. Raise ChildTimeoutError if none is free in time."""
    deadline = time.monotonic() + wait_seconds
    with (LARGE if size_bytes > LARGE_BYTES else SMALL).slot(deadline), ALL.slot(deadline):
        yield
