"""A Voice Studio whose programs run apart from each other, as under systemd or in containers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.running_studio import ROOT, RunningStudio, await_answer, stop

READY = {"web": "/healthz", "sandbox": "/_sandbox/health"}


@dataclass
class StudioApart(RunningStudio):
    """The commands `web`, `worker` and `sandbox`, each a process of its own."""

    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def refusal(self, *arguments: str) -> str:
        """What a command says that fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=False
        )
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr

    def begin(self, *names: str) -> None:
        """Start these programs, and wait for those that answer."""
        for name in names:
            self.programs[name] = self.start(name)
        addresses = {"web": self.url, "sandbox": self.sandbox_url}
        for name in READY.keys() & names:
            await_answer(addresses[name] + READY[name], self.programs[name])

    def end(self, name: str) -> int:
        """Stop a program as systemd does, and return its exit code."""
        self.programs[name].terminate()
        return self.programs[name].wait(60)

    def await_worker(self) -> None:
        """Return once the worker has said that it works."""
        limit = time.monotonic() + 60
        while self.ask_worker() and time.monotonic() < limit:
            time.sleep(0.2)
        assert not self.ask_worker()

    def ask_worker(self) -> int:
        """Return the exit code of the worker's health check."""
        command = [sys.executable, "manage.py", "healthy", "worker"]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, check=False
        ).returncode


@contextmanager
def running_apart(folder: Path, **settings: str) -> Iterator[StudioApart]:
    """Give a studio on that folder, and end all of its programs afterwards."""
    studio = StudioApart(folder, settings={f"VOICESTUDIO_{name}": value for name, value in settings.items()})
    try:
        yield studio
    finally:
        for process in studio.programs.values():
            stop(process)
