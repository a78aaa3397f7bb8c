"""Runs an examination in a child process with resource limits, so that no file can hang or exhaust this one.

The child gets the open file as standard input and prints one line of JSON. Its environment is empty except for
what the loader needs, and before it reads the file it gives up every other file, the network, other processes and
further memory (`confine.py`): a flaw in a parser must not reach this process's secrets.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voices.audio.errors import ChildError, ChildTimeoutError
from voices.audio.findings import Finding, Verdict

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = (
    "This file could not be read. Export the recording as WAV (16-bit, mono) or MP3 and choose the new file."
)
TOO_BUSY = "Voice Studio was too busy to check this recording. Try again in a moment."

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
    """Resource limits of one child."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float


def probe_in_child(path: Path, *, python: str = sys.executable, wall_seconds: float = 30.0) -> Finding:
    """Examine the file at `path` by `probe` in a child with 300 MB and 2 s of CPU time.

    A crash or too much work gives a finding too (code `undecodable`), and so does a machine too busy to do the work
    in time (`not_examined`), which says nothing about the file. Raise only what opening `path` raises.
    """
    bounds = Bounds(memory_bytes=300_000_000, cpu_seconds=2, wall_seconds=wall_seconds)
    try:
        answer = ask_child("voices.audio.probe_main", path, bounds=bounds, python=python)
        return Finding.from_json(answer)
    except ChildTimeoutError as problem:
        logger.warning("An upload was not examined: %s", problem)
        return Finding(Verdict.REFUSE, "not_examined", TOO_BUSY, size_bytes=path.stat().st_size)
    except (ChildError, KeyError, TypeError, ValueError) as problem:
        logger.warning("Examining an upload failed: %s", problem)
        return Finding(Verdict.REFUSE, "undecodable", UNREADABLE, size_bytes=path.stat().st_size)


def ask_child(
    module: str, path: Path, *, bounds: Bounds, arguments: Sequence[str] = (), python: str = sys.executable
) -> Any:
    """Return what `module`.main prints about the file at `path`, parsed. Raise ChildError if it fails."""
    limits = (str(bounds.memory_bytes), str(bounds.cpu_seconds))
    command = [python, "-I", "-c", _BOOT, str(ROOT), module, *limits, *arguments]
    try:
        with _SLOTS:
            answer = _run(command, path, wall_seconds=bounds.wall_seconds)
        return json.loads(answer)
    except subprocess.TimeoutExpired as expired:
        raise ChildTimeoutError(f"no answer within {bounds.wall_seconds:g} s") from expired
    except subprocess.CalledProcessError as failed:
        raise ChildError(f"ended with {failed.returncode}: {failed.stderr[-500:]!r}") from failed
    except ValueError as garbled:
        raise ChildError("printed invalid JSON") from garbled


def _run(command: Sequence[str], path: Path, *, wall_seconds: float) -> bytes:
    environment = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ} | _ENVIRONMENT
    with path.open("rb") as file:
        done = subprocess.run(
            command, stdin=file, capture_output=True, timeout=wall_seconds, env=environment, check=True
        )
    return done.stdout
