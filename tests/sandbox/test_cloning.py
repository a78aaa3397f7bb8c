"""A clone: what is kept, what is refused and in which words, what survives, what it costs."""

import asyncio
import resource
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import loopback
from tests.sandbox.conftest import client_of
from tests.sandbox.live import LiveSandbox
from tests.sandbox.recordings import mp3_of, wav_of

Answer = httpx.Response


def clone(
    client: httpx.Client, name: str = "Ada", *, recording: bytes | None = None, **fields: str
) -> Answer:
    """Clone a small recording under that name."""
    file = ("ada.wav", wav_of() if recording is None else recording, "audio/wav")
    return client.post("/api/voices", data={"name": name, **fields}, files={"file": file})


def test_a_clone_answers_with_the_finished_voice(client: httpx.Client) -> None:
    answer = clone(client, description="Calm", language="de-AT")
    voice = answer.json()
    assert answer.status_code == 201
    assert (voice["name"], voice["description"], voice["primaryLanguage"]) == ("Ada", "Calm", "de-AT")
    assert voice["languageLabel"] == "🇦🇹 German (Austria)"
    assert (voice["ownership"], voice["billingStyle"]) == ("private", "VOICE_BILLING_STYLE_INCLUDED")
    assert voice["definition"]["elevenLabs"]["model"] == "eleven_turbo_v2_5"
    assert voice["previewUrl"] == str(client.base_url.join(f"/api/voices/{voice['voiceId']}/preview"))


def test_language_and_description_have_defaults(client: httpx.Client) -> None:
    voice = clone(client).json()
    assert voice["primaryLanguage"] == "en"
    assert voice["description"].startswith("Voice cloned on ")


@pytest.mark.parametrize("size", [1_000, 65_536, 9_000_000])
def test_the_recording_is_kept_byte_for_byte(sandbox: LiveSandbox, client: httpx.Client, size: int) -> None:
    recording = wav_of(size, seed=size)
    voice_id = clone(client, recording=recording).json()["voiceId"]
    assert sandbox.sample(voice_id) == recording


def test_the_preview_of_a_clone_is_its_recording(client: httpx.Client) -> None:
    recording = mp3_of()
    file = {"file": ("ada.mp3", recording, "audio/mpeg")}
    voice = client.post("/api/voices", data={"name": "Ada"}, files=file).json()
    preview = client.get(voice["previewUrl"])
    assert (preview.status_code, preview.headers["content-type"]) == (200, "audio/mpeg")
    assert preview.content == recording


@pytest.mark.parametrize("form", ["redirect", "storage"])
def test_the_preview_of_a_clone_can_come_from_storage(
    sandbox: LiveSandbox, client: httpx.Client, form: str
) -> None:
    sandbox.settings(clonePreview=form)
    voice = clone(client).json()
    assert ("/_sandbox/storage/" in voice["previewUrl"]) == (form == "storage")
    moved = client.get(f"/api/voices/{voice['voiceId']}/preview")
    assert moved.status_code == 302
    assert loopback.get(moved.headers["location"]).content == wav_of()


BAD_FORMS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"file": ("a.wav", wav_of())}, "name", "This field is required."),
    ({"name": "  "}, {"file": ("a.wav", wav_of())}, "name", "This field may not be blank."),
    ({"name": "x" * 41}, {"file": ("a.wav", wav_of())}, "name", "no more than 40 characters"),
    ({"name": "a\0b"}, {"file": ("a.wav", wav_of())}, "name", "Null characters are not allowed."),
    ({"name": "A", "description": "x" * 241}, {"file": ("a.wav", wav_of())}, "description", "240"),
    ({"name": "A", "language": "xx-nonsense"}, {"file": ("a.wav", wav_of())}, "language", "10 characters"),
    ({"name": "A", "language": "d_e"}, {"file": ("a.wav", wav_of())}, "language", "not a valid"),
    ({"name": "A", "description": ""}, {"file": ("a.wav", wav_of())}, "description", "may not be blank"),
    ({"name": "A"}, {"other": ("a.wav", wav_of())}, "file", "No file was submitted."),
    ({"name": "A"}, {"file": (None, "text")}, "file", "The submitted data was not a file."),
    ({"name": "A"}, {"file": ("a.wav", b"")}, "file", "The submitted file is empty."),
    ({"name": "A"}, {"file": ("a.txt", wav_of())}, "file", "File extension is not allowed."),
    ({"name": "A"}, {"file": ("a.mp3", b"\xff\xd8\xff\xe0 JFIF" * 99)}, "file", "neither an MP3 nor a WAV"),
]


@pytest.mark.parametrize("form", BAD_FORMS, ids=lambda form: form[3])
def test_a_bad_form_is_refused_by_field(
    sandbox: LiveSandbox, client: httpx.Client, form: tuple[dict[str, str], dict[str, Any], str, str]
) -> None:
    fields, files, field, words = form
    answer = client.post("/api/voices", data=fields, files=files)
    assert answer.status_code == 400
    assert words in answer.json()[field][0]
    assert sandbox.voices() == []


def test_a_taken_name_is_refused_within_the_account_only(sandbox: LiveSandbox, client: httpx.Client) -> None:
    assert clone(client).status_code == 201
    second = clone(client)
    assert (second.status_code, second.json()) == (
        400,
        {"name": ["A voice with this name already exists."]},
    )
    with client_of(sandbox, sandbox.key()) as stranger:
        assert clone(stranger).status_code == 201


def test_two_keys_can_open_one_account(sandbox: LiveSandbox) -> None:
    first, second = sandbox.keys(2)
    (third,) = sandbox.keys(1, beside=first)
    with client_of(sandbox, first) as owner:
        voice_id = clone(owner).json()["voiceId"]
    for key in (second, third):
        with client_of(sandbox, key) as colleague:
            assert colleague.get(f"/api/voices/{voice_id}").status_code == 200


def test_the_voice_limit_is_kept_and_shown(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.settings(allowedVoices=1)
    assert client.get("/api/accounts/me").json()["allowedVoices"] == 1
    assert clone(client, "One").status_code == 201
    refused = clone(client, "Two")
    assert (refused.status_code, refused.json()) == (
        400,
        ["Your account has reached its limit of custom voices."],
    )


def test_a_recording_over_ten_megabytes_is_413(sandbox: LiveSandbox, client: httpx.Client) -> None:
    answer = clone(client, recording=wav_of(11_000_000))
    assert (answer.status_code, answer.json()) == (413, {"detail": "Request body too large."})
    assert list((sandbox.folder / "sandbox" / "incoming").iterdir()) == []


def test_voices_and_bytes_survive_a_restart_and_a_kill(tmp_path: Path) -> None:
    recording = wav_of(1_000_000)
    with LiveSandbox(tmp_path) as sandbox:
        key = sandbox.key()
        sandbox.settings(allowedVoices=7)
        with client_of(sandbox, key) as client:
            voice = clone(client, recording=recording).json()
        sandbox.restart()
        sandbox.kill()
        sandbox.start()
        with client_of(sandbox, key) as client:
            assert client.get(f"/api/voices/{voice['voiceId']}").json() == voice
            assert client.get("/api/accounts/me").json()["allowedVoices"] == 7
        assert sandbox.sample(voice["voiceId"]) == recording


def test_sandbox_sweeps_uploads_of_a_killed_process(tmp_path: Path) -> None:
    with LiveSandbox(tmp_path) as sandbox:
        sandbox.kill()
        left = [tmp_path / "sandbox" / place / "orphan" for place in ("samples", "incoming")]
        for file in left:
            file.write_bytes(b"x")
        sandbox.start()
        assert not any(file.exists() for file in left)


def test_an_upload_cut_off_by_the_client_leaves_nothing(sandbox: LiveSandbox, client: httpx.Client) -> None:
    def half() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"x" * 99_999
        raise InterruptedError

    with pytest.raises(InterruptedError):
        client.post(
            "/api/voices", content=half(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    incoming = sandbox.folder / "sandbox" / "incoming"
    deadline = time.monotonic() + 5
    while list(incoming.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(incoming.iterdir()) == []
    assert sandbox.voices() == []


def processor_seconds(pid: int) -> float:
    """Time a process has spent on a processor."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / 100


def test_nine_megabytes_are_not_parsed_byte_by_byte(sandbox: LiveSandbox, client: httpx.Client) -> None:
    recording = wav_of(9_000_000)
    before = processor_seconds(sandbox.pid)
    for number in range(5):
        assert clone(client, f"Ada {number}", recording=recording).status_code == 201
    assert (processor_seconds(sandbox.pid) - before) / 5 < 0.5  # byte by byte it takes 3 s


async def test_two_hundred_uploads_wait_out_a_delay_together(sandbox: LiveSandbox) -> None:
    sandbox.fault(effect="delay", delay=2, times=None, path="/api/voices")
    recording, limits = wav_of(1_000_000), httpx.Limits(max_connections=200)
    before = resident_bytes(sandbox.pid)
    async with loopback.async_client(
        base_url=sandbox.url, headers={"X-API-Key": sandbox.key()}, limits=limits, timeout=60
    ) as client:

        async def post(number: int) -> int:
            file = {"file": ("a.wav", recording, "audio/wav")}
            answer = await client.post("/api/voices", data={"name": f"Ada {number}"}, files=file)
            return answer.status_code

        started = time.monotonic()
        statuses = await asyncio.gather(*map(post, range(200)))
    assert set(statuses) == {201}
    assert time.monotonic() - started < 60  # one after the other they would take 400 s
    assert len(sandbox.voices()) == 200
    # Were the bodies held in memory, they alone would be 200 MB.
    assert resident_bytes(sandbox.pid) - before < 150_000_000


def resident_bytes(pid: int) -> int:
    """Memory a process holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
