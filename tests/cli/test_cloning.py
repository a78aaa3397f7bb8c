"""Cloning, waiting and playing: what scripts read from them."""

import json
from pathlib import Path

import httpx
import pytest

from tests.cli.answers import Script, ok
from voices.cli.main import main

RUNNING = {
    "id": "j1",
    "name": "Bo",
    "language": "en",
    "description": None,
    "state": "sending",
    "isRunning": True,
    "sentence": "Being sent.",
    "voiceId": None,
}
CREATED = RUNNING | {
    "state": "created",
    "isRunning": False,
    "sentence": "The voice is in your library.",
    "voiceId": "v1",
}
FAILED = RUNNING | {"state": "failed", "isRunning": False, "sentence": "Althea refused it."}
HELD = RUNNING | {"state": "held", "sentence": "Waiting for approval."}


@pytest.fixture
def recording(tmp_path: Path) -> str:
    file = tmp_path / "take.wav"
    file.write_bytes(b"RIFF")
    return str(file)


def test_clone_sends_the_consent_and_waits(recording: str) -> None:
    script = Script([ok(**RUNNING), ok(**RUNNING), ok(**RUNNING), ok(**CREATED)])
    consent = ("--consent", "agreed", "--speaker", "Bo", "--agreed-to", "en.1", "--expires-on", "2027-12-31")
    done = script.run("clone", recording, "--name", "Bo", *consent, "--wait", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, CREATED)
    assert done.stderr == "Sending take.wav …\nBeing sent.\nThe voice is in your library.\n"
    sent = script.bodies[0]
    fields = {
        "consent": "agreed",
        "speaker": "Bo",
        "statement": "en.1",
        "agreed": "true",
        "expiresOn": "2027-12-31",
    }
    assert all(f'name="{name}"\r\n\r\n{value}\r\n'.encode() in sent for name, value in fields.items())
    assert (b"relation" in sent, script.pauses) == (False, [2.0, 2.0])


def test_clone_dry_run_waits_for_nothing(recording: str) -> None:
    script = Script([ok(**RUNNING)])
    done = script.run("clone", recording, "--name", "Bo", "--consent", "made", "--dry-run", "--wait")
    assert (done.exit_code, script.requests[0].url.query) == (0, b"dryRun=true")
    assert "Nothing was created." in done.stderr


@pytest.mark.parametrize(("job", "code", "sentence"), [
    (FAILED, 7, "Error: No voice was created: Althea refused it.\n"),
    (RUNNING, 8, "Error: The voice isn't ready yet. The job continues without this command.\n"),
    (HELD, 8, "Error: The clone is waiting for another editor or admin to approve it on the Approvals page.\n"),
])  # fmt: skip
def test_wait_exits_with_what_became_of_it(job: dict[str, object], code: int, sentence: str) -> None:
    done = Script([ok(**job)]).run("wait", "j1", "--timeout", "0")
    assert (done.exit_code, done.stderr) == (code, f"{job['sentence']}\n{sentence}")


def test_interrupted_wait_tells_that_the_clone_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    script = Script([ok(**RUNNING), KeyboardInterrupt()])
    with pytest.raises(SystemExit) as left:
        main(["wait", "j1"], script.surroundings())
    told = "Being sent.\nThe job is running. To see how it ends, use `voicestudio wait j1`.\n\nInterrupted.\n"
    assert (left.value.code, capsys.readouterr()) == (130, ("", told))


def test_interrupted_clone_tells_how_to_repeat_it(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    again = ["clone", recording, "--name", "Bo", "--consent", "made", "--idempotency-key", "once"]
    with pytest.raises(SystemExit):
        main(again, Script([KeyboardInterrupt()]).surroundings())
    assert "add --idempotency-key once" in capsys.readouterr().err


def test_create_sends_the_settings_and_waits(tmp_path: Path) -> None:
    file = tmp_path / "lily.json"
    file.write_text('{"lmnt": {"voiceId": "lily", "speed": 1.25}}')
    script = Script([ok(**RUNNING), ok(**CREATED)])
    given = ("--name", "Lily", "--language", "de-DE", "--idempotency-key", "once")
    done = script.run("create", str(file), *given, "--wait", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, CREATED)
    assert json.loads(script.bodies[0]) == {
        "name": "Lily", "language": "de-DE", "definition": {"lmnt": {"voiceId": "lily", "speed": 1.25}},
    }  # fmt: skip
    first = script.requests[0]
    assert (first.url.path, first.headers["Idempotency-Key"]) == ("/api/v1/voices/from-provider", "once")


def test_create_reads_standard_input_and_creates_nothing() -> None:
    script = Script([ok(**RUNNING)])
    done = script.run("create", "-", "--name", "Lily", "--dry-run", "--wait", typed='{"lmnt": {}}')
    assert (done.exit_code, script.requests[0].url.query) == (0, b"dryRun=true")
    assert (json.loads(script.bodies[0])["definition"], "Nothing was created." in done.stderr) == (
        {"lmnt": {}},
        True,
    )


@pytest.mark.parametrize("typed", ["{", "", "[" * 100_000])
def test_create_sends_nothing_that_is_no_json(typed: str) -> None:
    script = Script([])
    done = script.run("create", "-", "--name", "Lily", typed=typed)
    assert (done.exit_code, script.requests) == (1, [])
    assert done.stderr == "Error: This is not JSON. `voicestudio create --help` says what is.\n"


def test_interrupted_create_tells_how_to_repeat_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "lily.json"
    file.write_text('{"generic": {"headers": {"Authorization": "Bearer sk-live-4f9a7c21d0e84b"}}}')
    again = ["create", str(file), "--name", "Lily", "--idempotency-key", "once"]
    with pytest.raises(SystemExit):
        main(again, Script([KeyboardInterrupt()]).surroundings())
    told = capsys.readouterr().err
    assert ("The request may have arrived." in told, "add --idempotency-key once." in told) == (
        True,
        True,
    )
    away = Script([httpx.ConnectError("no")] * 4).run(*again)
    assert (away.exit_code, "add --idempotency-key once." in away.stderr) == (6, True)
    assert "4f9a7c21d0e84b" not in told + away.output


def sound(kind: str = "audio/wav") -> httpx.Response:
    return httpx.Response(200, content=b"RIFF-sound", headers={"Content-Type": kind})


def test_play_saves_the_preview(tmp_path: Path) -> None:
    file = tmp_path / "ada.wav"
    assert Script([sound()]).run("play", "a", "--output", str(file)).exit_code == 0
    assert file.read_bytes() == b"RIFF-sound"
    assert Script([sound()]).run("play", "a", "--output", "-").stdout_bytes == b"RIFF-sound"
    done = Script([sound()]).run("play", "a", "--output", str(tmp_path / "missing" / "ada.wav"))
    assert (done.exit_code, "No such file or directory." in done.stderr) == (1, True)


def test_play_uses_a_player_that_can(tmp_path: Path) -> None:
    for name in ("aplay", "afplay"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\nfor last; do :; done\n/bin/cp "$last" {tmp_path}/{name}.heard\n'
        )
        (tmp_path / name).chmod(0o755)
    assert Script([sound()]).run("play", "a", PATH=str(tmp_path)).exit_code == 0
    assert (tmp_path / "afplay.heard").read_bytes() == b"RIFF-sound"
    (tmp_path / "afplay").unlink()
    done = Script([sound("audio/mpeg")]).run("play", "a", PATH=str(tmp_path))
    assert (done.exit_code, "No player is installed." in done.stderr) == (1, True)
    assert not (tmp_path / "aplay.heard").exists()
