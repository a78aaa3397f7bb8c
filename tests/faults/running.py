"""The product's worker and web in processes of their own, on the tests' database; a kill is a machine's."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from tests.running_studio import await_answer
from tests.sandbox.live import ROOT, LiveSandbox, free_port

# At 1/100 a send in doubt is looked up after 0.05, 0.3, 1.2 and 6 s, and a dead worker's lease ends after 5 s.
PACE = 0.01
DEADLINE_SECONDS = 3.0


class LiveProgram:
    """A running program on the tests' database; the sandbox's keys lead to `sandbox`, Althea's to `althea_url`."""

    def __init__(
        self,
        command: Sequence[str],
        output: Path,
        sandbox: LiveSandbox,
        *,
        althea_url: str = "https://althea.invalid",
    ) -> None:
        self.output = output
        self._command = (sys.executable, *command)
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "TESTS_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "VOICESTUDIO_SANDBOX_PORT": str(sandbox.port),
            "VOICESTUDIO_ALTHEA_URL": althea_url,
            "VOICESTUDIO_WEBHOOKS_LOOPBACK": "on",
            "VOICESTUDIO_SYNC_HOURS": "0",  # its requests would meet the faults that are meant for the clones
        }
        self.start()

    def start(self) -> None:
        """Start it, again after a kill."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
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


class LiveWorker(LiveProgram):
    """A running `manage.py worker`."""

    def __init__(
        self, folder: Path, sandbox: LiveSandbox, *, althea_url: str, deadline: float = DEADLINE_SECONDS
    ) -> None:
        options = ("--pace", str(PACE), "--deadline", str(deadline), "--grace", "0.3")
        command = ("manage.py", "worker", *options)
        super().__init__(command, folder / "worker.log", sandbox, althea_url=althea_url)


class LiveWeb(LiveProgram):
    """A running web server of one process."""

    def __init__(self, folder: Path, sandbox: LiveSandbox) -> None:
        self.port = free_port()
        command = (
            "-m",
            "uvicorn",
            "voicestudio.asgi:application",
            "--port",
            str(self.port),
            "--log-level",
            "warning",
        )
        super().__init__(command, folder / "web.log", sandbox)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        await_answer(f"{self.url}/healthz", self._process)


def until(holds: Callable[[], object], what: str, *, seconds: float = 240.0) -> None:
    """Returns once it holds; fails when it does not in time."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, f"not in {seconds:g} s: {what}"
        time.sleep(0.05)
