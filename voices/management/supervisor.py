"""Runs the programs of an installation, restarts those that die, and exits with all of them."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings

from voices.kit.clock import Clock, SystemClock
from voices.management.processes import Program, environment

MAX_FAILED_STARTS = 5
# A program that dies later than this had worked, and is restarted soon.
SETTLED_SECONDS = 60.0
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# For programs without HTTP: startup problems of the worker appear within this time.
STARTED_SECONDS = 5.0
START_SECONDS = 120.0
POLL_SECONDS = 0.05
STOP_SECONDS = 6.0  # the worker gives its jobs 4 s
LINE_BYTES = 1_000_000

Write = Callable[[str], None]
# How a line is shown that the program of this name has written; "" for the supervisor itself.
Form = Callable[[str, str], str]


def write_line(line: str) -> None:
    """Print a line, ignoring a closed terminal or pipe."""
    with suppress(OSError):
        print(line, flush=True)


def as_text(name: str, line: str) -> str:
    """Return the line behind the program's name."""
    return f"{name} | {line}" if name else line


def as_json(name: str, line: str) -> str:
    """Return the line as one of the log in JSON; what a program wrote as such is left as it is."""
    if line.startswith("{"):
        return line
    event = {"level": "info", "logger": name.strip() or "serve", "message": line, "request_id": ""}
    return json.dumps(event | {"time": datetime.now(UTC).isoformat().replace("+00:00", "Z")})


class Supervisor:
    """Runs programs until a signal arrives, or until one cannot be started."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        on_ready: Callable[[], None],
        write: Write = write_line,
        form: Form = as_text,
        clock: Clock | None = None,
    ) -> None:
        self._programs = programs
        self._on_ready = on_ready
        self._write = write
        self._form = form
        self._clock = clock or SystemClock()
        self._width = max(len(program.name) for program in programs)
        self._awaited = {program.name for program in programs if program.path}
        self._stop = asyncio.Event()
        self._reason = ""

    def stop(self, reason: str = "") -> None:
        """End all programs; `reason` says why, unless somebody asked for it."""
        self._reason = self._reason or reason
        self._stop.set()

    async def run(self) -> str:
        """Run until all have ended. Return "" if that was asked for, else a sentence that gives the reason."""
        _stop_on_signals(self.stop)
        # Every program holds the reading end. The kernel closes the writing end with this process, even on SIGKILL.
        reading, writing = os.pipe()
        try:
            await asyncio.gather(*(self._keep_running(program, reading) for program in self._programs))
        finally:
            os.close(reading)
            os.close(writing)
        return self._reason

    async def _keep_running(self, program: Program, pipe: int) -> None:
        failed_starts = deaths = 0
        while not self._stop.is_set():
            began = self._clock.monotonic()
            has_started, code = await self._run_once(program, pipe)
            if self._stop.is_set():
                return
            is_settled = self._clock.monotonic() - began > SETTLED_SECONDS
            failed_starts = 0 if has_started else failed_starts + 1
            deaths = 1 if is_settled else deaths + 1
            if failed_starts == MAX_FAILED_STARTS:
                self.stop(_cannot_start(program, code))
                return
            pause = PAUSES[min(deaths, len(PAUSES)) - 1]
            self._say(f"{program.name} ended unexpectedly ({_how(code)}); restarting it in {pause:.0f} s.")
            await self._wait(pause)

    async def _run_once(self, program: Program, pipe: int) -> tuple[bool, int]:
        """Run the program until it ends or all are to stop. Return whether it had started, and its exit code."""
        process = await asyncio.create_subprocess_exec(
            *program.attached(pipe),
            stdout=PIPE,
            stderr=STDOUT,
            cwd=settings.BASE_DIR,
            env=environment(),
            pass_fds=(pipe,),
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the others in order
            limit=LINE_BYTES,
        )
        output = asyncio.create_task(self._copy_output(program, process))
        start = asyncio.create_task(self._await_start(program, process))
        ended = asyncio.create_task(process.wait())
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await _end(process)
        code = await ended
        stop.cancel()
        start.cancel()
        _kill_group(process)  # child processes that the program left behind
        await asyncio.wait({output}, timeout=1)
        output.cancel()
        results = await asyncio.gather(start, stop, output, return_exceptions=True)
        return results[0] is True, code

    async def _await_start(self, program: Program, process: Process) -> bool:
        """Return True once the program has started. Kill it if that takes too long."""
        limit = self._clock.monotonic() + START_SECONDS
        if not program.path:
            await self._clock.sleep(STARTED_SECONDS)
            return True
        while not await asyncio.to_thread(program.answers):
            if self._clock.monotonic() > limit:
                self._say(f"{program.name} did not respond within {START_SECONDS:.0f} s; ending it.")
                _kill_group(process)
                return False
            await self._clock.sleep(POLL_SECONDS)
        self._note_started(program)
        return True

    def _note_started(self, program: Program) -> None:
        if program.name not in self._awaited:
            self._say(f"{program.name} is running again.")
            return
        self._awaited.remove(program.name)
        if not self._awaited:
            self._on_ready()

    def _say(self, sentence: str) -> None:
        self._write(self._form("", sentence))

    async def _copy_output(self, program: Program, process: Process) -> None:
        if process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than LINE_BYTES, so the reader dropped it
                continue
            if not line:
                return
            name = f"{program.name:{self._width}}"
            self._write(self._form(name, line.decode(errors="replace").rstrip()))

    async def _wait(self, seconds: float) -> None:
        """Wait, or return at once when all are to stop."""
        sleep, stop = asyncio.create_task(self._clock.sleep(seconds)), asyncio.create_task(self._stop.wait())
        _, pending = await asyncio.wait({sleep, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()


async def _end(process: Process) -> None:
    """Ask the program to end; kill it and all that it has started if it takes too long."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        _kill_group(process)


def _kill_group(process: Process) -> None:
    # The program leads a session and thereby a group of its own.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _cannot_start(program: Program, code: int) -> str:
    return (
        f"Voice Studio has stopped: {program.name} could not be started in {MAX_FAILED_STARTS} attempts "
        f"({_how(code)}); see the lines above."
    )


def _stop_on_signals(stop: Callable[[], None]) -> None:
    """Stop on SIGTERM and SIGINT, and when the terminal is closed, except under nohup."""
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
        signals.append(signal.SIGHUP)
    for one in signals:
        asyncio.get_running_loop().add_signal_handler(one, stop)
