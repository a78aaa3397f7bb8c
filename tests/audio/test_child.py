"""The limited child process, and the server that forks it."""

import io
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests import sounds
from voices.audio.child import Bounds, ForkServer, ask_child
from voices.audio.errors import ChildError, ChildTimeoutError
from voices.kit.metrics import COUNTED

GREEDY = "tests.audio.greedy"
TIGHT = Bounds(memory_bytes=1_000_000_000, cpu_seconds=1, wall_seconds=120)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "-recording.mp3"  # a name that a command line would take for an option
    path.write_bytes(sounds.speech_wav(12))
    return path


def test_a_missing_file_is_the_callers_mistake(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        ask_child(GREEDY, tmp_path / "gone", bounds=TIGHT, arguments=("babble",))


@pytest.mark.parametrize("greed", ["spin", "swell", "write", "babble", "flood", "stop"])
def test_a_greedy_child_is_stopped(greed, recording, tmp_path) -> None:
    target, out = tmp_path / "written", io.BytesIO()
    with pytest.raises(ChildError, match=r"ended with|answered nonsense"):  # by its limits, not by the clock
        ask_child(GREEDY, recording, bounds=TIGHT, arguments=(greed, str(target)), out=out)
    assert not target.exists() or target.stat().st_size == 0
    assert len(out.getvalue()) <= 10_000_000


def test_a_sleeping_child_is_ended(recording) -> None:
    bounds = Bounds(memory_bytes=1_000_000_000, cpu_seconds=1, wall_seconds=0.5)
    labels = {"job": GREEDY.rpartition(".")[2], "end": "timeout"}
    before = COUNTED.get_sample_value("voicestudio_children_total", labels) or 0
    with pytest.raises(ChildTimeoutError, match=r"no answer within 0\.5 s"):
        ask_child(GREEDY, recording, bounds=bounds, arguments=("sleep",))
    assert COUNTED.get_sample_value("voicestudio_children_total", labels) == before + 1


def test_a_server_that_ended_is_started_again(recording) -> None:
    with closing(ForkServer()) as server:
        for _ in range(2):
            assert ask_child(GREEDY, recording, bounds=TIGHT, arguments=("look", "/"), server=server)
            os.kill(server.pid, signal.SIGKILL)


def test_a_closed_server_has_ended(recording) -> None:
    with closing(ForkServer()) as server:
        assert ask_child(GREEDY, recording, bounds=TIGHT, arguments=("look", "/"), server=server)
        pid = server.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_server_that_cannot_start_is_an_error(recording, tmp_path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o700)
    with closing(ForkServer(str(python))) as server, pytest.raises(ChildError):
        ask_child(GREEDY, recording, bounds=TIGHT, arguments=("look", "/"), server=server)
