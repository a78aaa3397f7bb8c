"""How many children work at the same time, in all processes of a studio; the others wait for their turn.

Children leave one processor to the pages: two of them on two processors make a page twice as slow, whatever their
priority. Files of 12 MB and more have turns of their own: who sends a minute of speech does not wait behind eight
files of 50 MB. 32 recordings that finish together would share the processors and exceed their time, good ones too.
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
ASK_AGAIN_SECONDS = 0.02


class Turns:
    """So many turns at a time: of this process, and of all that share a folder. A process that ends gives back its."""

    def __init__(self, kind: str, number: int) -> None:
        self._kind, self._number = kind, number
        self._own = threading.BoundedSemaphore(number)
        self._folder: Path | None = None

    def share(self, folder: Path | None) -> None:
        """Count those of every process that shares this folder; of this process alone with None."""
        self._folder = folder

    @contextmanager
    def turn(self, deadline: float) -> Iterator[None]:
        """Hold a turn. Raise ChildTimeoutError if there is none until then, by `time.monotonic`."""
        if not self._own.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ChildTimeoutError("no turn in time")
        try:
            with ExitStack() as held:
                if self._folder:
                    held.callback(os.close, self._lock(self._folder, deadline))
                yield
        finally:
            self._own.release()

    def _lock(self, folder: Path, deadline: float) -> int:
        """Return the open file of a free turn, locked until it is closed."""
        while (file := self._lock_free(folder)) is None:
            if time.monotonic() >= deadline:
                raise ChildTimeoutError("no turn in time")
            time.sleep(ASK_AGAIN_SECONDS)
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


SMALL, LARGE, ALL = Turns("small", CORES - 1), Turns("large", CORES - 1), Turns("all", CORES)


def share_turns(folder: Path | None) -> None:
    """Count the children of all processes that share this folder, which is made if it is missing."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for turns in (SMALL, LARGE, ALL):
        turns.share(folder)


@contextmanager
def turn(size_bytes: int, *, wait_seconds: float) -> Iterator[None]:
    """Hold a turn for a file of this size. Raise ChildTimeoutError if there is none in time."""
    deadline = time.monotonic() + wait_seconds
    with (LARGE if size_bytes > LARGE_BYTES else SMALL).turn(deadline), ALL.turn(deadline):
        yield
