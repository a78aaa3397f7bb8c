"""What Althea says becomes a value, whatever is missing, new or odd in it."""

import dataclasses
from typing import Any

import httpx
import pytest

from tests.althea.cast import VOICE, VOICE_ID, Recorder, client
from voices.althea import Account, GarbledAnswerError, ProviderKeys, Voice, VoicePage


def test_only_id_and_name_are_indispensable() -> None:
    voice = Voice.from_json({"voiceId": VOICE_ID, "name": "Anna"})
    assert (voice.voice_id, voice.name) == (VOICE_ID, "Anna")
    assert (voice.description, voice.preview_url, voice.ownership) == ("", "", "")
    assert voice.definition == {}


def test_unknown_fields_and_enum_values_are_kept() -> None:
    raw = {**VOICE, "ownership": "shared", "billingStyle": "NEW", "mood": {"happy": [1]}}
    voice = Voice.from_json(raw)
    assert (voice.ownership, voice.billing_style) == ("shared", "NEW")
    assert voice.raw == raw


@pytest.mark.parametrize("odd", [None, 5, [], {}, True])
def test_a_field_of_another_type_is_as_if_absent(odd: Any) -> None:
    fields = ("description", "primaryLanguage", "languageLabel", "previewUrl", "provider", "definition")
    voice = Voice.from_json({**VOICE, **dict.fromkeys(fields, odd)})
    assert (voice.description, voice.primary_language, voice.language_label) == ("", "", "")
    assert (voice.preview_url, voice.provider, voice.definition) == ("", "", {})


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        5,
        {},
        {"voiceId": VOICE_ID},
        {"name": "Anna"},
        {"voiceId": "", "name": "Anna"},
        {"voiceId": VOICE_ID, "name": ""},
        {"voiceId": 5, "name": "Anna"},
        {"voiceId": "../accounts/me", "name": "Anna"},
        {"voiceId": "a?b", "name": "Anna"},
        {"voiceId": "x" * 65, "name": "Anna"},
    ],
)
def test_a_voice_without_a_usable_id_and_name_is_garbled(value: Any) -> None:
    with pytest.raises(GarbledAnswerError):
        Voice.from_json(value)


def test_values_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Voice.from_json(VOICE).name = "Bob"  # type: ignore[misc]  # that it is refused is the test


def test_a_page_keeps_what_can_be_read_and_counts_the_rest() -> None:
    page = VoicePage.from_json({"results": [VOICE, {"name": "no id"}, None], "extra": 1})
    assert [voice.name for voice in page.voices] == ["Anna"]
    assert (page.skipped, page.next_cursor, page.total) == (2, None, None)
    assert page.raw["extra"] == 1


@pytest.mark.parametrize("value", [None, [], {}, {"results": None}, {"results": {}}, "text"])
def test_a_list_without_results_is_garbled(value: Any) -> None:
    with pytest.raises(GarbledAnswerError):
        VoicePage.from_json(value)


@pytest.mark.parametrize(
    ("next_url", "cursor"),
    [
        (None, None),
        ("", None),
        ("https://app.altheastudio.ai/api/voices?cursor=cD00ODY%3D", "cD00ODY="),
        ("https://elsewhere.example/x?pageSize=2&cursor=abc&search=y", "abc"),
        ("http://169.254.169.254/?cursor=abc", "abc"),
        ("/api/voices?cursor=abc", "abc"),
        ("https://app.altheastudio.ai/api/voices?page=2", None),
        ("https://app.altheastudio.ai/api/voices?cursor=", None),
        ("http://[broken", None),
        (7, None),
    ],
)
def test_only_the_cursor_is_taken_from_next(next_url: Any, cursor: str | None) -> None:
    assert VoicePage.from_json({"results": [], "next": next_url}).next_cursor == cursor


def test_account_needs_an_id_and_distinguishes_no_limit_from_0() -> None:
    assert Account.from_json({"accountId": "a"}).allowed_voices is None
    assert Account.from_json({"accountId": "a", "allowedVoices": 0}).allowed_voices == 0
    assert Account.from_json({"accountId": "a", "allowedVoices": True}).allowed_voices is None
    for value in ({}, {"ok": True}, [], None, "text"):
        with pytest.raises(GarbledAnswerError):
            Account.from_json(value)


def test_provider_keys_that_are_unset_are_absent() -> None:
    keys = ProviderKeys.from_json({"elevenLabs": {"prefix": "sk"}, "lmnt": None, "x": {}, "y": 3})
    assert keys.prefixes == {"elevenLabs": "sk"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>welcome</html>",
        b'{"voiceId": "cut',
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * 700 + b"]" * 700,
        b'{"voiceId": ' + b"9" * 5_000 + b"}",
        b'{"name": "' + b"x" * 2_000_001 + b'"}',
    ],
)
async def test_a_success_that_is_not_the_contracts_is_garbled(content: bytes) -> None:
    async with client(Recorder(httpx.Response(201, content=content))) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_voice(VOICE_ID)


async def test_a_compressed_answer_is_garbled_not_inflated() -> None:
    bomb = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))
    recorder = Recorder(bomb)
    async with client(recorder) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_voice(VOICE_ID)
    assert recorder.request.headers["Accept-Encoding"] == "identity"


async def test_unstorable_characters_are_dropped_on_reading() -> None:
    content = b'{"voiceId": "v1", "name": "A\\u0000nna", "odd": ["\\ud83d", NaN, 1e999, -Infinity, "\\ud83d\\ude00"]}'
    async with client(Recorder(httpx.Response(200, content=content))) as althea:
        voice = await althea.get_voice("v1")
    assert voice.name == "Anna"
    assert voice.raw["odd"] == ["?", None, None, None, "😀"]
