"""A preview is found where the contract says it may be, and is audio by its bytes or no preview."""

import httpx
import pytest

from tests.althea.cast import BASE, KEY, MP3, VOICE_ID, WAV, Recorder, client
from voices.althea import (
    AltheaError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    ThrottledError,
    UnknownOutcomeError,
)
from voices.kit.secret import Secret

OWN = f"{BASE}/api/voices/{VOICE_ID}/preview"
STORE = "https://storage.googleapis.com/eleven-public-prod/x/voices/y/z.mp3"


def audio(content: bytes = MP3, content_type: str = "audio/mpeg") -> httpx.Response:
    """Answer with audio."""
    return httpx.Response(200, content=content, headers={"Content-Type": content_type})


def places(recorder: Recorder) -> list[tuple[str, bool]]:
    """Return (host as named, carries the key) of the requests made."""
    return [(each.headers["Host"], "X-API-Key" in each.headers) for each in recorder.requests]


@pytest.mark.parametrize(
    ("preview_url", "place"),
    [
        (None, ("app.altheastudio.ai", True)),
        ("", ("app.altheastudio.ai", True)),
        (OWN, ("app.altheastudio.ai", True)),
        (f"{BASE}/media/z.mp3", ("app.altheastudio.ai", True)),
        (STORE, ("storage.googleapis.com", False)),
        ("https://api.ultravox.ai/api/voices/x/preview", ("app.altheastudio.ai", True)),
        ("https://evil.example/a.mp3", ("app.altheastudio.ai", True)),
        ("http://storage.googleapis.com/a.mp3", ("app.altheastudio.ai", True)),
        ("https://user:pw@storage.googleapis.com/a.mp3", ("app.altheastudio.ai", True)),
        ("https://storage.googleapis.com.evil.example/a.mp3", ("app.altheastudio.ai", True)),
        ("https://169.254.169.254/a.mp3", ("app.altheastudio.ai", True)),
        ("http://app.altheastudio.ai/a.mp3", ("app.altheastudio.ai", True)),
        ("https://u@app.altheastudio.ai/a.mp3", ("app.altheastudio.ai", True)),
        ("javascript:alert(1)", ("app.altheastudio.ai", True)),
        ("https://[broken", ("app.altheastudio.ai", True)),
    ],
)
async def test_the_preview_is_asked_where_it_may_be(preview_url: str | None, place: tuple[str, bool]) -> None:
    recorder = Recorder(audio())
    async with client(recorder) as althea:
        await althea.get_preview(VOICE_ID, preview_url)
    assert places(recorder) == [place]
    if preview_url not in (STORE, f"{BASE}/media/z.mp3"):
        assert str(recorder.request.url) == OWN


@pytest.mark.parametrize("failed", [403, 404, 410])
async def test_preview_missing_in_storage_is_asked_of_althea_once(failed: int) -> None:
    recorder = Recorder(httpx.Response(failed), audio())
    async with client(recorder) as althea:
        assert (await althea.get_preview(VOICE_ID, STORE)).content == MP3
    assert places(recorder) == [("storage.googleapis.com", False), ("app.altheastudio.ai", True)]


@pytest.mark.parametrize("failed", [401, 402, 403, 404, 410, 418])
async def test_storage_refusal_is_no_verdict_on_key_or_voice(failed: int) -> None:
    recorder = Recorder(httpx.Response(302, headers={"Location": STORE}), httpx.Response(failed))
    async with client(recorder) as althea:
        with pytest.raises(AltheaError) as caught:
            await althea.get_preview(VOICE_ID)
    assert type(caught.value) is GarbledAnswerError
    assert caught.value.status == failed


@pytest.mark.parametrize("failed", [429, 500, 503])
async def test_storage_failure_is_not_a_garbled_answer(failed: int) -> None:
    recorder = Recorder(httpx.Response(302, headers={"Location": STORE}), httpx.Response(failed))
    async with client(recorder) as althea:
        with pytest.raises(UnknownOutcomeError) as caught:
            await althea.get_preview(VOICE_ID)
    assert type(caught.value) is UnknownOutcomeError


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidFieldsError),
        (403, KeyRefusedError),
        (404, GoneError),
        (429, ThrottledError),
        (500, UnknownOutcomeError),
    ],
)
async def test_preview_refusal_by_althea_is_reported_once(status: int, kind: type[AltheaError]) -> None:
    recorder = Recorder(httpx.Response(status, json={"detail": f"No such voice {KEY}"}))
    async with client(recorder) as althea:
        with pytest.raises(kind) as caught:
            await althea.get_preview(VOICE_ID)
    assert KEY not in caught.value.message + str(caught.value.fields)
    paths = [request.url.path for request in recorder.requests]
    # After a 403 the account says what it is worth.
    assert paths[1:] == (["/api/accounts/me"] if status == 403 else [])


async def test_unreachable_storage_falls_back_to_althea() -> None:
    recorder = Recorder(httpx.ConnectError("no route"), audio(WAV))
    async with client(recorder) as althea:
        assert (await althea.get_preview(VOICE_ID, STORE)).content_type == "audio/wav"


# The label is never read, so that each wrong one stands beside one content instead of all.
@pytest.mark.parametrize(
    ("label", "content", "content_type"),
    [
        ("text/plain", WAV, "audio/wav"),
        ("audio/wav", MP3, "audio/mpeg"),
        ("application/octet-stream", b"\xff\xfb\x90\x00", "audio/mpeg"),
        ("text/html", b"\xff\xf3\x90\x00", "audio/mpeg"),
        ("", b"\xff\xe3\x90\x00", "audio/mpeg"),
    ],
)
async def test_preview_type_comes_from_the_bytes_not_the_header(
    label: str, content: bytes, content_type: str
) -> None:
    async with client(Recorder(audio(content, label))) as althea:
        assert (await althea.get_preview(VOICE_ID)).content_type == content_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"R",
        b"\xff",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00AVI ",
        b"RIFX\x00\x00\x00\x00WAVE",
        b"<!doctype html>",
        b'{"detail": "ok"}',
        "<html>".encode("utf-16"),
        b"\xff\xf1\x50\x80 AAC",
        b"\xff\xfd\x90\x00 MPEG layer II",
        b"\xff\xd8\xff\xe0 JPEG",
        b"OggS",
        b"fLaC",
        b"<svg><!-- RIFF....WAVE -->",
    ],
)
async def test_preview_that_is_not_audio_is_refused(content: bytes) -> None:
    recorder = Recorder(audio(content))  # labelled as an MP3
    async with client(recorder) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_preview(VOICE_ID)
        with pytest.raises(GarbledAnswerError):
            await althea.preview_definition(name="Anna", definition={"lmnt": {}})
    assert len(recorder.requests) == 2


@pytest.mark.parametrize(
    "voice_id", ["", "..", "../accounts/me", "a/b", "a?b", "a#b", "a%2Fb", "ä", "x" * 65, "a\0"]
)
async def test_malformed_voice_id_never_enters_a_path(voice_id: str) -> None:
    recorder = Recorder(audio())
    async with client(recorder) as althea:
        for call in (althea.get_preview, althea.get_voice, althea.update_voice):
            with pytest.raises(GoneError):
                await call(voice_id)
        assert await althea.delete_voice(voice_id) is None
    assert recorder.requests == []


async def test_a_key_unfit_for_a_header_is_refused_unquoted() -> None:
    recorder = Recorder(audio())
    for text in ("", "geheim\r\nX-Evil: 1", "geheim schlüssel", "geheim\0", "geheim geheim", "geheim\x7f"):
        async with client(recorder, key=Secret(text)) as althea:
            for call in (
                althea.get_account,
                althea.get_provider_keys,
                lambda: althea.get_preview(VOICE_ID),
            ):  # called at once
                with pytest.raises(KeyRefusedError) as caught:
                    await call()
                assert "geheim" not in caught.value.message
    assert recorder.requests == []
