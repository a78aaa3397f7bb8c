"""How many children work at the same time: as many as there are processors; the others wait for their turn.

32 recordings that finish together would share the processors and exceed their time, good ones too. Large files leave
one processor to the small ones: who sends a minute of speech does not wait behind eight files of 50 MB.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from voices.audio.errors import ChildTimeoutError

LARGE_BYTES = 12_000_000  # an uncompressed minute of stereo is smaller
CORES = max(2, os.cpu_count() or 2)

_all = threading.BoundedSemaphore(CORES)
_large = threading.BoundedSemaphore(CORES - 1)


@contextmanager
def turn(size_bytes: int, *, wait_seconds: float) -> Iterator[None]:
    """Hold a turn for a file of this size. Raise ChildTimeoutError if there is none in time."""
    with ExitStack() as held:
        for turns in (_large, _all) if size_bytes > LARGE_BYTES else (_all,):
            if not turns.acquire(timeout=wait_seconds):
                raise ChildTimeoutError(f"no turn within {wait_seconds:g} s")
            held.callback(turns.release)
        yield
