"""The public catalogue: enough voices, each with a sound of its own, in every form a client must bear."""

import hashlib
import io
import wave
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests import loopback
from tests.sandbox.live import LiveSandbox
from voices.sandbox.catalogue import ENTRIES
from voices.sandbox.languages import label_of
from voices.sandbox.speech import RATE, as_wav, synthesise


@pytest.fixture(scope="module")
def catalogue(running: LiveSandbox) -> list[dict[str, Any]]:
    """Every public voice as the API lists it."""
    headers = {"X-API-Key": running.key()}
    query = {"ownership": "public", "pageSize": "200"}
    answer = loopback.get(f"{running.url}/api/voices", params=query, headers=headers)
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_there_are_enough_voices_languages_and_providers(catalogue: list[dict[str, Any]]) -> None:
    assert len({voice["name"] for voice in catalogue}) >= 40
    assert len({voice["primaryLanguage"].partition("-")[0] for voice in catalogue}) >= 20
    assert {voice["provider"] for voice in catalogue} == {
        "Eleven Labs",
        "Cartesia",
        "LMNT",
        "Google",
        "Inworld",
        "Respeecher",
    }


def test_every_voice_keeps_the_documented_limits(catalogue: list[dict[str, Any]]) -> None:
    for voice in catalogue:
        assert 1 <= len(voice["name"]) <= 40
        assert 20 <= len(voice["description"]) <= 240
        assert voice["languageLabel"] == label_of(voice["primaryLanguage"])
        assert "(" in voice["languageLabel"]
        assert voice["ownership"] == "public"


def samples_of(content: bytes) -> NDArray[np.float64]:
    """Decoded samples of a WAV or MP3 preview."""
    with av.open(io.BytesIO(content), "r") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    sound = np.concatenate(frames).astype(float)
    return sound / 32768 if frames[0].dtype == np.int16 else sound


def test_previews_are_audible_and_distinct(running: LiveSandbox, catalogue: list[dict[str, Any]]) -> None:
    digests = set()
    with loopback.client(headers={"X-API-Key": running.key()}, follow_redirects=True) as client:
        for voice in catalogue:
            content = client.get(voice["previewUrl"]).raise_for_status().content
            sound = samples_of(content)
            assert 2.0 <= len(sound) / RATE <= 4.2, voice["name"]
            assert np.sqrt(np.mean(sound**2)) > 0.03, voice["name"]
            digests.add(hashlib.sha256(content).hexdigest())
    assert len(digests) == len(catalogue)


@pytest.mark.parametrize(
    ("provider", "path", "facts"),
    [
        ("Eleven Labs", "/_sandbox/storage/", (200, "audio/mpeg", b"ID3")),
        ("Cartesia", "/api/voices/", (200, "audio/wav", b"RIFF")),
        ("LMNT", "/api/voices/", (200, "audio/mpeg", b"ID3")),
        ("Google", "/api/voices/", (302, None, b"")),
        ("Inworld", "/api/voices/", (200, "text/plain", b"ID3")),
        ("Respeecher", "/api/voices/", (200, "application/octet-stream", b"ID3")),
    ],
)
def test_previews_come_in_every_form(
    running: LiveSandbox,
    catalogue: list[dict[str, Any]],
    provider: str,
    path: str,
    facts: tuple[int, str | None, bytes],
) -> None:
    url = next(voice["previewUrl"] for voice in catalogue if voice["provider"] == provider)
    answer = loopback.get(url, headers={"X-API-Key": running.key()})
    assert url.startswith(running.url + path)
    assert (answer.status_code, answer.headers.get("content-type"), answer.content[: len(facts[2])]) == facts


def test_storage_needs_no_key_and_holds_only_stored_previews(
    running: LiveSandbox, catalogue: list[dict[str, Any]]
) -> None:
    by_provider = {voice["provider"]: voice["voiceId"] for voice in catalogue}
    for provider, status in (("Eleven Labs", 200), ("Google", 200), ("Cartesia", 404)):
        url = f"{running.url}/_sandbox/storage/{by_provider[provider]}.mp3"
        assert loopback.get(url).status_code == status


def test_the_api_path_of_a_stored_preview_redirects_there(
    running: LiveSandbox, catalogue: list[dict[str, Any]]
) -> None:
    voice = next(voice for voice in catalogue if voice["provider"] == "Eleven Labs")
    url = f"{running.url}/api/voices/{voice['voiceId']}/preview"
    answer = loopback.get(url, headers={"X-API-Key": running.key()})
    assert (answer.status_code, answer.headers["location"]) == (302, voice["previewUrl"])


def test_the_same_seed_gives_the_same_sound() -> None:
    assert np.array_equal(synthesise("a"), synthesise("a"))
    assert not np.array_equal(synthesise("a")[:20_000], synthesise("b")[:20_000])


def pitch_of(sound: NDArray[np.int16]) -> float:
    """The strongest period of a sound, in Hz, by autocorrelation of its loudest twentieth of a second."""
    size = RATE // 20
    loudest = max(range(0, len(sound) - size, size), key=lambda at: np.abs(sound[at : at + size]).sum())
    part = sound[loudest : loudest + size].astype(float)
    likeness = np.correlate(part, part, "full")[size - 1 :]
    shortest, longest = RATE // 320, RATE // 60
    return RATE / (shortest + int(np.argmax(likeness[shortest:longest])))


def test_a_low_voice_speaks_lower_than_a_high_one() -> None:
    for seed in "abc":
        assert pitch_of(synthesise(seed, pitch=(90, 100))) < 130
        assert pitch_of(synthesise(seed, pitch=(220, 230))) > 170


def test_a_wav_holds_the_samples() -> None:
    sound = synthesise("a")
    with wave.open(io.BytesIO(as_wav(sound))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert file.readframes(10**9) == sound.tobytes()


def test_ids_of_the_catalogue_never_change() -> None:
    assert next(iter(ENTRIES)) == "dc932cba-606c-5613-94f9-5fb4fd50cdcc"
