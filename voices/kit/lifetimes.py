"""Processes that end with the one that started them, even if that one is killed with SIGKILL."""

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait

# For a clean exit, before the process is killed.
GRACE_SECONDS = 10.0


def end_with_parent() -> None:
    """End this process when its parent ends, if `multiprocessing` has started it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _end_when_readable(parent.sentinel)


def end_with_pipe(descriptor: int) -> None:
    """End this process when nobody holds the pipe's writing end any more. Nothing is ever written to it."""
    _end_when_readable(descriptor)


def _end_when_readable(descriptor: int) -> None:
    threading.Thread(target=_watch, args=(descriptor,), name="parent", daemon=True).start()


def _watch(descriptor: int) -> None:
    wait([descriptor])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
