"""The limited child process."""

from pathlib import Path

import pytest

from tests import sounds
from voices.audio.child import Bounds, ask_child, probe_in_child
from voices.audio.errors import ChildError
from voices.audio.findings import Verdict

GREEDY = "tests.audio.greedy"
TIGHT = Bounds(memory_bytes=300_000_000, cpu_seconds=1, wall_seconds=120)
BOMBS = [
    name for name in sounds.HOSTILE if "bomb" in name or "300k" in name or "600k" in name or "100k" in name
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "-recording.mp3"  # a name that a command line would take for an option
    path.write_bytes(sounds.speech_wav(12))
    return path


def test_the_child_finds_what_the_probe_finds(recording) -> None:
    finding = probe_in_child(recording)
    assert (finding.verdict, finding.container, finding.seconds) == (Verdict.OK, "wav", 12.0)
    assert finding.layout.size_bytes == recording.stat().st_size


@pytest.mark.parametrize("name", BOMBS)
def test_decompression_bombs_are_judged_within_the_limits(name, tmp_path) -> None:
    make, code = sounds.HOSTILE[name]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    assert probe_in_child(path, wall_seconds=120).code == code


def test_a_missing_file_is_the_callers_mistake(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        probe_in_child(tmp_path / "gone")


def test_a_child_that_cannot_start_refuses_the_file(recording, tmp_path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o700)
    finding = probe_in_child(recording, python=str(python))
    assert (finding.verdict, finding.code) == (Verdict.REFUSE, "undecodable")
    assert finding.message.startswith("This file could not be read.")


def test_a_busy_machine_says_nothing_about_the_file(recording) -> None:
    finding = probe_in_child(recording, wall_seconds=0.001)
    assert (finding.code, finding.size_bytes) == ("not_examined", recording.stat().st_size)
    assert finding.message == "Voice Studio was too busy to check this recording. Try again in a moment."


@pytest.mark.parametrize("greed", ["spin", "swell", "write", "babble"])
def test_a_greedy_child_is_stopped(greed, recording, tmp_path) -> None:
    target = tmp_path / "written"
    with pytest.raises(ChildError, match=r"ended with|invalid JSON"):  # by its limits, not by the clock
        ask_child(GREEDY, recording, bounds=TIGHT, arguments=(greed, str(target)))
    assert not target.exists() or target.stat().st_size == 0


def test_a_sleeping_child_is_ended(recording) -> None:
    bounds = Bounds(memory_bytes=300_000_000, cpu_seconds=1, wall_seconds=0.5)
    with pytest.raises(ChildError, match=r"no answer within 0\.5 s"):
        ask_child(GREEDY, recording, bounds=bounds, arguments=("sleep",))


@pytest.mark.parametrize(
    "content", [sounds.sized_wav(9_000_000), sounds.sized_mp3(9_000_000)], ids=["wav", "mp3"]
)
def test_the_child_stays_small(content, tmp_path) -> None:
    path = tmp_path / "large"
    path.write_bytes(content)
    assert ask_child(GREEDY, path, bounds=TIGHT, arguments=("weigh",)) < 60_000_000
