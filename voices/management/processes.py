"""The processes of a Voice Studio, run as a group: if one ends, all end."""

import http.client
import io
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer

START_SECONDS = 120.0
STATUS_LINE = re.compile(r"(?P<name>\w+) (?P<what>started|stopped) \((?:pid|rc)=(?P<number>-?\d+)\)")
# People wait for pages, so the other processes get a lower priority.
LOW_PRIORITY = ("nice", "-n", "5")


@dataclass(frozen=True)
class Program:
    """A process of the group and its health check; `path` is "" if it does not serve HTTP."""

    name: str
    command: tuple[str, ...]
    host: str = ""
    port: int = 0
    path: str = ""

    def answers(self) -> bool:
        """Whether a GET of its path returns 200."""
        request = http.client.HTTPConnection(_reachable(self.host), self.port, timeout=5)
        try:
            request.request("GET", self.path, headers={"Host": _known_host(self.host)})
            return request.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            request.close()


def web() -> Program:
    """Return the web server: uvicorn with two workers, enough while a third of the requests are slow uploads."""
    proxy = "--proxy-headers" if settings.HTTPS else "--no-proxy-headers"
    options = f"--workers 2 --http httptools --loop uvloop --no-server-header --no-access-log {proxy}"
    listen = ("--host", settings.HOST, "--port", str(settings.PORT))
    command = _uvicorn("voicestudio.asgi:application", *listen, *options.split())
    return Program("web", command, settings.HOST, settings.PORT, "/healthz")


def worker() -> Program:
    """Return the worker, which runs jobs and fetches previews."""
    return Program("worker", (*LOW_PRIORITY, sys.executable, "manage.py", "worker"))


def sandbox() -> Program:
    """Return the sandbox: one process, since it keeps state in memory, listening on this machine only."""
    host, port = "127.0.0.1", settings.SANDBOX_PORT
    # 75 s is longer than the worker keeps idle connections, or it would write to one that is closing.
    options = (
        "--factory",
        "--host",
        host,
        "--port",
        str(port),
        "--no-access-log",
        "--timeout-keep-alive",
        "75",
    )
    command = _uvicorn("voices.sandbox.app:app_from_env", *options)
    return Program("sandbox", (*LOW_PRIORITY, *command), host, port, "/_sandbox/health")


def environment() -> dict[str, str]:
    """Return the environment of every program: ours, with an absolute data folder and unbuffered output."""
    return {
        **os.environ,
        "VOICESTUDIO_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def _uvicorn(application: str, *options: str) -> tuple[str, ...]:
    quiet = ("--log-level", "warning", "--timeout-graceful-shutdown", "3")
    return (sys.executable, "-m", "uvicorn", application, *options, *quiet)


def _reachable(host: str) -> str:
    """Return an address under which this machine reaches a server bound to that host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def _known_host(host: str) -> str:
    """Return a Host header that the site accepts, for health checks with strict ALLOWED_HOSTS."""
    allowed = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return allowed[0] if allowed else _reachable(host)


def link(path: str = "") -> str:
    """Return the URL for people."""
    if settings.HTTPS:
        return f"https://{_known_host(settings.HOST)}/{path}"
    host = _reachable(settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/{path}"


class OutputPrinter(Printer):
    """Prints the programs' output and notes which have started and which stopped first."""

    def __init__(self, *, count: int, on_started: Callable[[], None]) -> None:
        super().__init__(sys.stdout)  # type: ignore[no-untyped-call]  # honcho carries no types
        self._not_started = count
        self._on_started = on_started
        self.has_all_started = False
        self.is_stop_requested = False
        self.first_stopped = ""

    def write(self, message: Message) -> None:
        """Print a line; the manager's own lines are status changes."""
        if message.name == SYSTEM_PRINTER_NAME:
            self._update_status(str(message.data).strip())
            return
        try:
            super().write(message)  # type: ignore[no-untyped-call]  # honcho carries no types
        except OSError:  # the terminal or pipe is gone; the programs are stopped by a signal, not by this
            self.output = io.StringIO()

    def _update_status(self, line: str) -> None:
        if line.endswith(" received"):
            self.is_stop_requested = True
        elif (found := STATUS_LINE.fullmatch(line)) and found["what"] == "started":
            self._not_started -= 1
            if self._not_started == 0:
                self.has_all_started = True
                self._on_started()
        elif found and not self.first_stopped:
            self.first_stopped = f"{found['name']} (exit code {found['number']})"


class ProcessGroup(Manager):
    """Runs programs until one of them ends or a signal arrives."""

    def __init__(self, programs: Sequence[Program], *, announce: Callable[[], None]) -> None:
        self._programs = programs
        self._announce = announce
        self._output = OutputPrinter(count=len(programs), on_started=self._on_all_started)
        self._is_stop_pending = self._has_timed_out = False
        super().__init__(printer=self._output)  # type: ignore[no-untyped-call]  # honcho carries no types
        for program in programs:
            # exec: a shell in between would catch the signal and hide the exit code.
            line = f"exec {shlex.join(program.command)}"
            self.add_process(program.name, line, env=environment(), cwd=settings.BASE_DIR)  # type: ignore[no-untyped-call]  # honcho carries no types

    def run(self) -> str:
        """Run until all have ended. Return "" if asked to stop, else a sentence about which ended first."""
        _stop_on_hangup()
        self.loop()  # type: ignore[no-untyped-call]  # honcho carries no types
        if self._output.is_stop_requested:
            return ""
        if self._has_timed_out:
            return f"Voice Studio did not respond within {START_SECONDS:.0f} seconds; see the lines above."
        return (
            f"Voice Studio has stopped: {self._output.first_stopped} ended unexpectedly; see the lines above."
        )

    def terminate(self) -> None:
        """Stop all; a signal during start-up takes effect when all have been started."""
        if self._output.has_all_started:
            super().terminate()  # type: ignore[no-untyped-call]  # honcho carries no types
        else:
            self._is_stop_pending = True

    def _on_all_started(self) -> None:
        if self._is_stop_pending:
            self.terminate()
        threading.Thread(target=self._await_health, daemon=True).start()

    def _await_health(self) -> None:
        limit = time.monotonic() + START_SECONDS
        waiting = [program for program in self._programs if program.path]
        while waiting and time.monotonic() < limit:
            waiting = [program for program in waiting if not program.answers()]
            time.sleep(0.05)
        if waiting:
            self._has_timed_out = True
            self.terminate()
        elif not (self._output.is_stop_requested or self._output.first_stopped):
            self._announce()


def _stop_on_hangup() -> None:
    """Stop when the terminal is closed, as on Ctrl-C, except under nohup."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
