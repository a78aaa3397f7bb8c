"""The studio that the bench measures from outside, and commands in its Django; the one import of `running_studio`."""

import json
import subprocess
import sys
from typing import Any

from tests.running_studio import ROOT, RunningStudio, await_answer, hidden, new_studio, resident_mb, stop

__all__ = [
    "ROOT",
    "RunningStudio",
    "await_answer",
    "hidden",
    "new_studio",
    "resident_mb",
    "run_command",
    "run_json",
    "stop",
]


def run_command(studio: RunningStudio, *arguments: str) -> str:
    """Run a command of `tests.bench.commands` on this studio's data; return what it printed."""
    environment = studio.environment | {"DJANGO_SETTINGS_MODULE": "voicestudio.settings"}
    command = [sys.executable, "-m", "tests.bench.commands", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr}")
    return done.stdout


def run_json(studio: RunningStudio, *arguments: str) -> Any:
    """Run a command that prints JSON; return the value."""
    return json.loads(run_command(studio, *arguments))
