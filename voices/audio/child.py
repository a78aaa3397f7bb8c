"""Runs work on an untrusted file in a child process with resource limits, so that no file can hang or exhaust this one.

The child gets the open file as standard input and writes its answer (`answers.py`) to a pipe. Its environment is
empty except for what the loader needs, and before it reads the file it gives up every other file, the network, other
processes and further memory (`confine.py`): a flaw in a parser must not reach this process's secrets.
"""

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from voices.audio.answers import AnswerReader
from voices.audio.errors import ChildError, ChildTimeoutError
from voices.audio.limits import FORWARD_BYTES

ROOT = Path(__file__).resolve().parents[2]
PIECE_BYTES = 65_536  # what a pipe holds
KEPT_ERROR_BYTES = 500

# Imports come first, as no file can be opened afterwards; then the limits, then the untrusted file.
_BOOT = (
    "import importlib, sys; sys.path.insert(0, sys.argv[1]); "
    "job = importlib.import_module(sys.argv[2]); "
    "from voices.audio.confine import confine; "
    "confine(memory_bytes=int(sys.argv[3]), cpu_seconds=int(sys.argv[4])); "
    "job.main(sys.argv[5:])"
)
# 32 uploads finishing together would share the CPUs and exceed their wall time, good ones too: they queue.
_SLOTS = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
_PASSED_VARIABLES = ("LD_LIBRARY_PATH",)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}  # a thread per core costs address space


@dataclass(frozen=True, slots=True)
class Bounds:
    """Resource limits of one child; it waits as long again for its turn at most."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


def ask_child(
    module: str,
    path: Path,
    *,
    bounds: Bounds,
    arguments: Sequence[str] = (),
    out: BinaryIO | None = None,
    python: str = sys.executable,
) -> Any:
    """Return what `module`.main answers about the file at `path`; the bytes behind the answer go to `out`.

    Raise ChildError if it fails, ChildTimeoutError if the machine is too busy, and what opening `path` raises.
    """
    limits = (str(bounds.memory_bytes), str(bounds.cpu_seconds))
    command = [python, "-I", "-c", _BOOT, str(ROOT), module, *limits, *arguments]
    reader = AnswerReader(out, most=FORWARD_BYTES)
    with path.open("rb") as file, _turn(bounds.wall_seconds), _started(command, file) as process:
        try:
            errors = _read(process, reader, deadline=time.monotonic() + bounds.wall_seconds)
            status = process.wait(bounds.wall_seconds)
            if status:
                raise ChildError(f"ended with {status}: {errors!r}")
            return reader.value()
        except subprocess.TimeoutExpired as expired:
            raise ChildTimeoutError("did not end in time") from expired
        except ValueError as garbled:
            raise ChildError(f"answered nonsense: {garbled}") from garbled


@contextmanager
def _turn(wall_seconds: float) -> Iterator[None]:
    if not _SLOTS.acquire(timeout=wall_seconds):
        raise ChildTimeoutError(f"no turn within {wall_seconds:g} s")
    try:
        yield
    finally:
        _SLOTS.release()


@contextmanager
def _started(command: Sequence[str], file: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """Start the child; whatever happens here, it is not left running."""
    environment = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ} | _ENVIRONMENT
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=file, stdout=pipe, stderr=pipe, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()  # does nothing to one that has ended


def _read(process: subprocess.Popen[bytes], reader: AnswerReader, *, deadline: float) -> bytes:
    """Feed the reader until the child closes its output. Return the end of what it wrote as errors."""
    errors = b""
    with selectors.DefaultSelector() as ready:
        for stream in (process.stdout, process.stderr):
            ready.register(_present(stream), selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select(_time_left(deadline)):
                piece = os.read(key.fd, PIECE_BYTES)
                if not piece:
                    ready.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    reader.feed(piece)
                else:
                    errors = (errors + piece)[-KEPT_ERROR_BYTES:]
    return errors


def _present(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ChildError("has no pipe")
    return stream


def _time_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ChildTimeoutError("no answer in time")
    return left
