"""What the child process can reach once it has given up all it does not need: nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sounds
from tests.audio.test_child import GREEDY, TIGHT
from voices.audio import landlock, seccomp
from voices.audio.child import ROOT, ask_child

FROM_ROOT = "import sys; sys.path.insert(0, sys.argv[1]); "


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    path.write_bytes(sounds.speech_wav(12))
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "enc.key"
    path.write_text("not for children")
    return path


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def targets(secret: Path, port: int) -> dict[str, str]:
    """What each attempt is made on."""
    return {
        "read": str(secret), "list": "/", "look": str(secret), "remove": str(secret), "connect": str(port),
        "bind": "", "fork": "", "execute": "/bin/true", "start": "/bin/true", "thread": "",
        "signal": str(os.getpid()),
    }  # fmt: skip


def test_seccomp_is_known_here() -> None:
    assert seccomp.is_known() is (sys.platform == "linux" and os.uname().machine in {"x86_64", "aarch64"})


def test_confined_child_reaches_nothing(recording: Path, secret: Path, port: int) -> None:
    answers = {
        name: ask_child(GREEDY, recording, bounds=TIGHT, arguments=(name, target))
        for name, target in targets(secret, port).items()
    }
    threads = answers.pop("thread")
    assert set(answers.values()) == {"PermissionError"}, answers
    assert threads == "RuntimeError"
    assert secret.exists()


def test_confined_child_cannot_read_its_parents_environment(recording: Path) -> None:
    for name in ("environ", "mem"):
        path = f"/proc/{os.getpid()}/{name}"
        assert ask_child(GREEDY, recording, bounds=TIGHT, arguments=("read", path)) == "PermissionError"


def run(code: str, *arguments: object) -> str:
    """What a Python of its own prints."""
    command = [sys.executable, "-c", FROM_ROOT + code, str(ROOT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_landlock_alone_closes_files_and_connections(secret: Path, port: int) -> None:
    printed = run(
        "import socket; from voices.audio import landlock\n"
        "print(landlock.give_up_everything())\n"
        "connect = lambda: socket.socket().connect(('127.0.0.1', int(sys.argv[3])))\n"
        "for attempt in (lambda: open(sys.argv[2]), connect):\n"
        "    try: attempt(); print('done')\n"
        "    except PermissionError: print('denied')",
        secret, port,
    )  # fmt: skip
    version = landlock.version()
    files = ["True", "denied"] if version else ["False", "done"]
    assert printed.split() == [*files, "denied" if version >= 4 else "done"]


def test_limits_alone_close_files_and_sockets(secret: Path) -> None:
    printed = run(
        "import socket; from voices.audio.rlimits import apply_limits\n"
        "apply_limits(memory_bytes=300_000_000, cpu_seconds=1)\n"
        "for attempt in (lambda: open(sys.argv[2]), socket.socket):\n"
        "    try: attempt(); print('done')\n"
        "    except OSError as problem: print(problem.errno)",
        secret,
    )  # fmt: skip
    assert printed.split() == ["24", "24"]
