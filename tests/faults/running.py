"""The product's worker in a process of its own, on the tests' database: it can be killed as a machine kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from tests.sandbox.live import ROOT, LiveSandbox

# At 1/100 a send in doubt is looked up after 0.05, 0.3, 1.2 and 6 s, and a dead worker's lease ends after 2 s.
PACE = 0.01
DEADLINE_SECONDS = 3.0


class LiveWorker:
    """A running `manage.py worker`; keys of the sandbox lead to `sandbox`, keys of Althea to `althea_url`."""

    def __init__(
        self, folder: Path, sandbox: LiveSandbox, *, althea_url: str, deadline: float = DEADLINE_SECONDS
    ) -> None:
        self.output = folder / "worker.log"
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "TESTS_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "VOICESTUDIO_SANDBOX_PORT": str(sandbox.port),
            "VOICESTUDIO_ALTHEA_URL": althea_url,
            "VOICESTUDIO_SYNC_HOURS": "0",  # its requests would meet the faults that are meant for the clones
        }
        self._deadline = deadline
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        options = ("--pace", str(PACE), "--deadline", str(self._deadline), "--grace", "0.3")
        with self.output.open("ab") as output:
            return subprocess.Popen(
                (sys.executable, "manage.py", "worker", *options),
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """SIGKILL: no clean-up of any kind."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(15)
        finally:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if error is not None:
            error.add_note(self.output.read_text()[-4000:])


def until(holds: Callable[[], object], what: str, *, seconds: float = 240.0) -> None:
    """Returns once it holds; fails when it does not in time."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, f"not in {seconds:g} s: {what}"
        time.sleep(0.05)
