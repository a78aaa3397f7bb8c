"""Runs work on an untrusted file in a child process with resource limits, so that no file can hang or exhaust this one.

The child is forked by a process that has imported the decoders (`fork_server.py`). It gets the open file as standard
input and writes its answer (`answers.py`) to a pipe. Its environment is empty except for what the loader needs, and
before it reads the file it gives up access to other files, the network, other processes and further memory
(`confine.py`): an exploited parser must not reach this process's secrets.
"""

import atexit
import fcntl
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from voices.audio.answers import TIMED_OUT, AnswerReader, Sink
from voices.audio.concurrency import slot
from voices.audio.errors import ChildError, ChildTimeoutError
from voices.audio.limits import FORWARD_BYTES
from voices.kit.metrics import CHILDREN

ROOT = Path(__file__).resolve().parents[2]
# The largest pipe of an unprivileged process: a minute's file takes 7 reads instead of 80, each of which takes the
# interpreter from a page.
PIECE_BYTES = 1_048_576
KEPT_ERROR_BYTES = 500
GRACE_SECONDS = 2.0  # for the server to kill a child and report that
END_SECONDS = 5.0

_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from voices.audio.fork_server import serve; serve(int(sys.argv[2]))"
)
_PASSED_VARIABLES = ("LD_LIBRARY_PATH",)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}  # a child can start no thread


@dataclass(frozen=True, slots=True)
class Bounds:
    """Resource limits of one child, which waits for a slot for at most `wall_seconds`."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


class ForkServer:
    """The process that forks children for this one, started at the first request and again whenever it has ended."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._lock = threading.Lock()
        self._requests: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def request(self, message: bytes, files: list[int]) -> None:
        """Request a child. Raise ChildError if the server cannot start it."""
        with self._lock:
            for is_last in (False, True):
                try:
                    socket.send_fds(self._requests or self._start(), [message], files)
                except OSError as problem:
                    self._end()
                    if is_last:
                        raise ChildError(f"could not be started: {problem}") from problem
                else:
                    return

    @property
    def pid(self) -> int:
        """The process, 0 if none was started."""
        return self._process.pid if self._process else 0

    def close(self) -> None:
        """End the server and its children."""
        with self._lock:
            self._end()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [self._python, "-I", "-c", _BOOT, str(ROOT), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment | _ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in the terminal must not reach it
            )
        self._requests = ours
        return ours

    def _end(self) -> None:
        if self._requests:
            self._requests.close()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            self._process.kill()
            self._process.wait()
        self._requests = self._process = None


SERVER = ForkServer()
atexit.register(SERVER.close)


def ask_child(
    module: str,
    path: Path,
    *,
    bounds: Bounds,
    arguments: Sequence[str] = (),
    out: Sink | None = None,
    server: ForkServer = SERVER,
) -> Any:
    """Return what `module`.main answers about the file at `path`; the bytes behind the answer go to `out`.

    Raise ChildError if it fails, ChildTimeoutError if the machine is too busy, and what opening `path` raises.
    """
    request = json.dumps({"module": module, "arguments": list(arguments), **asdict(bounds)}).encode()
    with path.open("rb") as file, slot(path.stat().st_size, wait_seconds=bounds.wall_seconds):
        for is_last in (False, True):
            answer = AnswerReader(out, most=FORWARD_BYTES)
            end, errors = _exchange(server, request, file.fileno(), answer, bounds)
            if end or answer.has_begun or is_last:
                break  # otherwise the server has ended, as an idle one does, during the request
    CHILDREN.labels(module.rpartition(".")[2], end or "lost").inc()
    if end == TIMED_OUT:
        raise ChildTimeoutError(f"no answer within {bounds.wall_seconds:g} s")
    if end != "0":
        raise ChildError(f"ended with {end or 'its server'}: {errors}")
    try:
        return answer.value()
    except ValueError as garbled:
        raise ChildError(f"answered nonsense: {garbled}") from garbled


def _exchange(
    server: ForkServer, request: bytes, file: int, answer: AnswerReader, bounds: Bounds
) -> tuple[str, str]:
    """Start a child and read its response. Return the server's report of its end, and the child's errors."""
    errors, end = _Tail(), _Tail()
    with ExitStack() as pipes:
        sources = _start_child(server, request, file, pipes)
        feeds = dict(zip(sources, (answer.feed, errors.feed, end.feed), strict=True))
        try:
            _read(feeds, deadline=time.monotonic() + bounds.wall_seconds + GRACE_SECONDS)
        except ValueError as garbled:
            raise ChildError(f"answered nonsense: {garbled}") from garbled
    return end.text, errors.text


def _start_child(server: ForkServer, request: bytes, file: int, pipes: ExitStack) -> list[int]:
    """Start a child. Return the file descriptors of its response, its errors and its end."""
    ends = [os.pipe() for _ in range(3)]
    for readable, _ in ends:
        pipes.callback(os.close, readable)
    if sys.platform == "linux":
        with suppress(OSError):  # the user's limit for pipes is reached, so it takes more reads
            fcntl.fcntl(ends[0][1], fcntl.F_SETPIPE_SZ, PIECE_BYTES)
    try:
        server.request(request, [file, *(writable for _, writable in ends)])
    finally:
        for _, writable in ends:
            os.close(writable)
    return [readable for readable, _ in ends]


def _read(feeds: Mapping[int, Callable[[bytes], None]], *, deadline: float) -> None:
    """Feed data as it arrives, until all descriptors are closed."""
    with selectors.DefaultSelector() as ready:
        for readable in feeds:
            ready.register(readable, selectors.EVENT_READ)
        while ready.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise ChildTimeoutError("no answer in time")
            for key, _ in ready.select(left):
                piece = os.read(key.fd, PIECE_BYTES)
                if piece:
                    feeds[key.fd](piece)
                else:
                    ready.unregister(key.fd)


class _Tail:
    """The last bytes of a stream."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, piece: bytes) -> None:
        self._kept = (self._kept + piece)[-KEPT_ERROR_BYTES:]

    @property
    def text(self) -> str:
        return self._kept.decode(errors="replace")
