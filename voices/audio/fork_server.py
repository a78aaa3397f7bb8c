"""The fork server: a process with the decoders imported, which forks a limited child for each file.

Imports would take longer than the work. It receives requests with open files over a socket (`child.py`) and never reads
a file itself. It ends after five idle minutes, and with the process that started it.
"""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

from voices.audio import intake_main, peaks_main
from voices.audio.answers import TIMED_OUT
from voices.audio.confine import confine

IDLE_SECONDS = 300.0
REQUEST_BYTES = 65_536
FILES = 4  # per request: input, output, errors, and the descriptor for reporting the child's end
LAST_FILE = 1_024
LOADED = (intake_main, peaks_main)  # the usual modules; others are imported in the child


@dataclass(frozen=True, slots=True)
class _Child:
    deadline: float
    report_to: int


class Server:
    """Forks children and supervises them."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._children: dict[int, _Child] = {}

    def run(self) -> None:
        """Serve until the other side closes the socket or the server is idle for too long."""
        woken = self._open_child_events()
        with selectors.DefaultSelector() as ready:
            for readable in (self._requests, woken):
                ready.register(readable, selectors.EVENT_READ)
            while True:
                events = [key.fileobj for key, _ in ready.select(self._seconds_until_deadline())]
                if woken in events:
                    os.read(woken, REQUEST_BYTES)
                self._reap()
                self._end_overdue()
                if self._requests in events and not self._take_request():
                    break
                if not events and not self._children:
                    break
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    @staticmethod
    def _open_child_events() -> int:
        """Return a file descriptor that becomes readable when a child ends."""
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return woken

    def _seconds_until_deadline(self) -> float:
        deadlines = [child.deadline - time.monotonic() for child in self._children.values()]
        return max(0.0, min(deadlines, default=IDLE_SECONDS))

    def _take_request(self) -> bool:
        """Start the requested child. Return False if the socket was closed."""
        message, files, _, _ = socket.recv_fds(self._requests, REQUEST_BYTES, FILES)
        if not message:
            return False
        request = json.loads(message)
        pid = os.fork()
        if pid == 0:
            _become(request, files)
        self._children[pid] = _Child(time.monotonic() + request["wall_seconds"], files.pop())
        for file in files:
            os.close(file)
        return True

    def _reap(self) -> None:
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._report(pid, str(os.waitstatus_to_exitcode(status)))

    def _end_overdue(self) -> None:
        for pid, child in list(self._children.items()):
            if child.deadline <= time.monotonic():
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                self._report(pid, TIMED_OUT)

    def _report(self, pid: int, end: str) -> None:
        report_to = self._children.pop(pid).report_to
        try:
            os.write(report_to, end.encode())
        except BrokenPipeError:
            pass  # the requester has given up
        finally:
            os.close(report_to)


def _become(request: dict[str, Any], files: list[int]) -> NoReturn:
    """Become the child: the three files become input, output and errors; all others are closed."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, file in enumerate(files[:3]):
            os.dup2(file, number)
        os.closerange(3, LAST_FILE)
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        job = importlib.import_module(request["module"])
        confine(memory_bytes=request["memory_bytes"], cpu_seconds=request["cpu_seconds"])
        job.main(request["arguments"])
        sys.stdout.flush()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def serve(file: int) -> None:
    """Serve the requests that come over the socket with this number."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.freeze()  # garbage collection would copy pages shared with the children
    with socket.socket(fileno=file) as requests:
        Server(requests).run()
