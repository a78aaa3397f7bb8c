"""The processes of one Voice Studio, run side by side: if one ends, all end."""

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
NEWS = re.compile(r"(?P<name>\w+) (?P<what>started|stopped) \((?:pid|rc)=(?P<number>-?\d+)\)")
# A person waits for the pages; where all share a processor they go first.
NICER = ("nice", "-n", "5")


@dataclass(frozen=True)
class Program:
    """One process of the crew and how to ask whether it answers; `path` is empty where it answers nobody."""

    name: str
    command: tuple[str, ...]
    host: str = ""
    port: int = 0
    path: str = ""

    def answers(self) -> bool:
        """Whether a GET of its path is answered by 200 now."""
        line = http.client.HTTPConnection(_reachable(self.host), self.port, timeout=5)
        try:
            line.request("GET", self.path, headers={"Host": _known_host(self.host)})
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def web() -> Program:
    """The pages: uvicorn with two workers, which hold up while a third of the requests are slow uploads."""
    proxy = "--proxy-headers" if settings.HTTPS else "--no-proxy-headers"
    options = f"--workers 2 --http httptools --loop uvloop --no-server-header --no-access-log {proxy}"
    listen = ("--host", settings.HOST, "--port", str(settings.PORT))
    command = _uvicorn("voicestudio.asgi:application", *listen, *options.split())
    return Program("web", command, settings.HOST, settings.PORT, "/healthz")


def worker() -> Program:
    """The clone jobs and previews."""
    return Program("worker", (*NICER, sys.executable, "manage.py", "worker"))


def sandbox() -> Program:
    """The local Althea; one process, since its state is in memory. For this machine only."""
    host, port = "127.0.0.1", settings.SANDBOX_PORT
    # 75 s is longer than the worker keeps an idle connection: it would send into one that is just closing.
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
    return Program("sandbox", (*NICER, *command), host, port, "/_sandbox/health")


def environment() -> dict[str, str]:
    """What every program sees: ours, the data folder by its whole path, and lines that are not held back."""
    return {
        **os.environ,
        "VOICESTUDIO_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def _uvicorn(application: str, *options: str) -> tuple[str, ...]:
    quiet = ("--log-level", "warning", "--timeout-graceful-shutdown", "3")
    return (sys.executable, "-m", "uvicorn", application, *options, *quiet)


def _reachable(host: str) -> str:
    """An address of this machine under which a server on that host can be asked."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def _known_host(host: str) -> str:
    """A Host header that the site accepts, so that its health can be asked behind a strict list of hosts."""
    allowed = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return allowed[0] if allowed else _reachable(host)


def link(path: str = "") -> str:
    """The address a person opens."""
    if settings.HTTPS:
        return f"https://{_known_host(settings.HOST)}/{path}"
    host = _reachable(settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/{path}"


class Lines(Printer):
    """Prints what the programs say, and keeps account of who started and who stopped first."""

    def __init__(self, *, count: int, on_started: Callable[[], None]) -> None:
        super().__init__(sys.stdout)  # type: ignore[no-untyped-call]  # honcho carries no types
        self._waiting = count
        self._on_started = on_started
        self.has_all_started = False
        self.was_told_to_stop = False
        self.first_stopped = ""

    def write(self, message: Message) -> None:
        """Takes one line; the manager's own are news, not text."""
        if message.name == SYSTEM_PRINTER_NAME:
            self._note(str(message.data).strip())
            return
        try:
            super().write(message)  # type: ignore[no-untyped-call]  # honcho carries no types
        except OSError:  # the terminal or pipe is gone; the programs are stopped by a signal, not by this
            self.output = io.StringIO()

    def _note(self, news: str) -> None:
        if news.endswith(" received"):
            self.was_told_to_stop = True
        elif (found := NEWS.fullmatch(news)) and found["what"] == "started":
            self._waiting -= 1
            if self._waiting == 0:
                self.has_all_started = True
                self._on_started()
        elif found and not self.first_stopped:
            self.first_stopped = f"{found['name']} (exit code {found['number']})"


class Crew(Manager):
    """Runs programs until one ends or a signal comes."""

    def __init__(self, programs: Sequence[Program], *, announce: Callable[[], None]) -> None:
        self._programs = programs
        self._announce = announce
        self._lines = Lines(count=len(programs), on_started=self._all_started_now)
        self._stops_early = self._is_late = False
        super().__init__(printer=self._lines)  # type: ignore[no-untyped-call]  # honcho carries no types
        for program in programs:
            # exec: the shell in between would take the signal and hide the exit code.
            line = f"exec {shlex.join(program.command)}"
            self.add_process(program.name, line, env=environment(), cwd=settings.BASE_DIR)  # type: ignore[no-untyped-call]  # honcho carries no types

    def run(self) -> str:
        """Blocks until all have ended; "" when asked to stop, else a sentence that says who ended first."""
        _hang_up_ends()
        self.loop()  # type: ignore[no-untyped-call]  # honcho carries no types
        if self._lines.was_told_to_stop:
            return ""
        if self._is_late:
            return f"Voice Studio did not answer within {START_SECONDS:.0f} seconds; the lines above may say why."
        return f"Voice Studio has stopped: {self._lines.first_stopped} ended by itself; the lines above may say why."

    def terminate(self) -> None:
        """Ends all; a signal that comes while they are being started waits until every one can be told."""
        if self._lines.has_all_started:
            super().terminate()  # type: ignore[no-untyped-call]  # honcho carries no types
        else:
            self._stops_early = True

    def _all_started_now(self) -> None:
        if self._stops_early:
            self.terminate()
        threading.Thread(target=self._await_answers, daemon=True).start()

    def _await_answers(self) -> None:
        limit = time.monotonic() + START_SECONDS
        waiting = [program for program in self._programs if program.path]
        while waiting and time.monotonic() < limit:
            waiting = [program for program in waiting if not program.answers()]
            time.sleep(0.05)
        if waiting:
            self._is_late = True
            self.terminate()
        elif not (self._lines.was_told_to_stop or self._lines.first_stopped):
            self._announce()


def _hang_up_ends() -> None:
    """A closed terminal ends everything, as Ctrl-C does; under nohup it does not."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
