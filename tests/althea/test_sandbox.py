"""The client and the sandbox, which share no code, agree on every operation."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.sounds import speech_wav
from voices.althea import (
    AltheaClient,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    NameTakenError,
    SampleFile,
    UnknownOutcomeError,
    new_http,
)
from voices.kit.secret import Secret
from voices.sandbox.app import create_app
from voices.sandbox.keys import make_key

BASE = "http://127.0.0.1:8001"
DEFINITION = {"cartesia": {"voiceId": "af346552-54bf-4c2b-a4d4-9d2820f51b6c", "model": "sonic-2"}}


@pytest.fixture
async def transport(tmp_path: Path) -> AsyncIterator[httpx.ASGITransport]:
    """A sandbox of this test's own."""
    app = create_app(tmp_path)
    yield httpx.ASGITransport(app=app)
    app.close()


@pytest.fixture
async def althea(transport: httpx.ASGITransport) -> AsyncIterator[AltheaClient]:
    """A client with a key of an account of its own."""
    async with new_http(transport=transport) as http:
        yield AltheaClient(http=http, base_url=BASE, key=Secret(make_key()))


def recording(folder: Path, seconds: int = 12) -> SampleFile:
    """Make a recording on the disk."""
    path = folder / "anna.wav"
    path.write_bytes(speech_wav(seconds=seconds))
    return SampleFile(
        file=path.open("rb"), filename="anna.wav", content_type="audio/wav", size=path.stat().st_size
    )


async def test_client_clones_finds_plays_renames_and_deletes_a_voice(
    althea: AltheaClient, transport: httpx.ASGITransport, tmp_path: Path
) -> None:
    sample = recording(tmp_path)
    assert await althea.find_by_name('Ännä "🎙"') is None
    voice = await althea.clone_voice(sample=sample, name='Ännä "🎙"', description="Warm", language="de-DE")
    assert (voice.name, voice.description, voice.primary_language) == ('Ännä "🎙"', "Warm", "de-DE")
    assert await althea.find_by_name('Ännä "🎙"') == await althea.get_voice(voice.voice_id)
    preview = await althea.get_preview(voice.voice_id, voice.preview_url)
    assert preview.content_type in ("audio/wav", "audio/mpeg")
    renamed = await althea.update_voice(voice.voice_id, name="Anna")
    assert (renamed.name, renamed.description) == ("Anna", "Warm")
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as looking:
        stored = await looking.get(f"/_sandbox/samples/{voice.voice_id}")
    sample.file.seek(0)
    assert stored.content == sample.file.read()
    sample.file.close()
    assert await althea.delete_voice(voice.voice_id) in {200, 204}
    assert await althea.delete_voice(voice.voice_id) == 404
    with pytest.raises(GoneError):
        await althea.get_voice(voice.voice_id)


async def test_a_definition_becomes_a_voice_and_is_changed(althea: AltheaClient) -> None:
    assert (await althea.preview_definition(name="Ext", definition=DEFINITION)).content
    voice = await althea.create_voice(name="Ext", definition=DEFINITION, primary_language="en")
    assert voice.definition == DEFINITION
    changed = await althea.update_voice(voice.voice_id, name="Other", definition={"lmnt": {"voiceId": "x"}})
    assert (changed.name, list(changed.definition)) == ("Other", ["lmnt"])


async def test_a_providers_refusal_of_a_preview_keeps_its_words(
    althea: AltheaClient, transport: httpx.ASGITransport
) -> None:
    said = "ElevenLabs answered 404: voice_not_found"
    expected = {
        "field": (
            "definition.elevenLabs.voiceId",
            said,
            "Althea said: definition.elevenLabs.voiceId: " + said,
        ),
        "detail": ("", said, "Althea said: " + said),
        "list": ("", said, "Althea said: " + said),
        "text": ("", said, "The answer said: " + said),
        "page": ("", f"400 Bad Request {said}", "The answer said: 400 Bad Request " + said),
    }
    faults = [{"effect": "provider", "path": "/api/voice_preview", "wording": one} for one in expected]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as control:
        await control.post("/_sandbox/faults", json=faults)
    for field, words, sentence in expected.values():
        with pytest.raises(InvalidFieldsError) as caught:
            await althea.preview_definition(name="Ext", definition=DEFINITION)
        assert caught.value.fields == ((field, words),)
        assert caught.value.message == f"Althea refused the request. {sentence}"


async def test_a_slow_preview_of_a_definition_ends_at_the_deadline(transport: httpx.ASGITransport) -> None:
    slow = {"effect": "delay", "path": "/api/voice_preview", "delay": 5}
    async with new_http(transport=transport) as http:
        await http.plain.post(f"{BASE}/_sandbox/faults", json=slow)
        althea = AltheaClient(http=http, base_url=BASE, key=Secret(make_key()), deadline_seconds=0.05)
        with pytest.raises(UnknownOutcomeError, match="didn't respond within"):
            await althea.preview_definition(name="Ext", definition=DEFINITION)


async def test_refusals_are_understood(althea: AltheaClient, tmp_path: Path) -> None:
    sample = recording(tmp_path)
    await althea.clone_voice(sample=sample, name="Anna")
    with pytest.raises(NameTakenError):
        await althea.clone_voice(sample=sample, name="Anna")
    sample.file.close()
    with pytest.raises(InvalidFieldsError) as caught:
        await althea.create_voice(name="x" * 41, definition=DEFINITION)
    assert [field for field, _ in caught.value.fields] == ["name"]


async def test_the_whole_catalogue_is_read_page_by_page(althea: AltheaClient) -> None:
    voices, cursor = [], None
    while page := await althea.list_voices(ownership="public", page_size=7, cursor=cursor):
        voices += page.voices
        cursor = page.next_cursor
        if cursor is None:
            break
    page = await althea.list_voices(ownership="public", page_size=200)
    assert len(voices) == len(page.voices) == page.total
    assert len({voice.voice_id for voice in voices}) >= 40


async def test_every_public_voice_of_the_catalogue_can_be_heard(althea: AltheaClient) -> None:
    # Both shapes of previewUrl and the redirect are among them.
    page = await althea.list_voices(ownership="public", page_size=12)
    for voice in page.voices:
        assert (await althea.get_preview(voice.voice_id, voice.preview_url)).content


async def test_account_and_provider_keys_are_read_and_set(althea: AltheaClient) -> None:
    assert (await althea.get_account()).account_id
    keys = await althea.set_provider_keys({"elevenLabs": Secret("sk_0123456789abcdef0123456789")})
    assert keys.prefixes["elevenLabs"]
    assert await althea.get_provider_keys() == keys
    assert (await althea.set_provider_keys({"elevenLabs": None})).prefixes == {}


async def test_a_foreign_key_is_refused(transport: httpx.ASGITransport) -> None:
    async with new_http(transport=transport) as http:
        stranger = AltheaClient(
            http=http, base_url=BASE, key=Secret("Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT")
        )
        with pytest.raises(KeyRefusedError):
            await stranger.get_account()
