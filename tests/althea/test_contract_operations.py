"""The operations of the API document, answered with its own examples."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.althea.cast import KEY, MP3, VOICE_ID, WAV, Recorder, client, sample
from voices.althea import (
    AltheaClient,
    AltheaError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    LimitReachedError,
    NameTakenError,
    NoAllowanceError,
    ThrottledError,
    Voice,
)
from voices.kit.secret import Secret

CONTRACT = Path(__file__).parents[1] / "contract" / "althea-voices.test.openapi.yaml"
DEFINITION = {"cartesia": {"voiceId": "af346552", "model": "sonic-2"}}
ACCOUNT = {
    "accountId": VOICE_ID,
    "name": "Team",
    "billingUrl": "https://billing.example/x",
    "freeTimeUsed": "10s",
    "freeTimeRemaining": "1790s",
    "hasActiveSubscription": True,
    "subscriptionTier": None,
    "activeCalls": 2,
    "allowedConcurrentCalls": None,
    "allowedVoices": 5,
    "allowedCorpora": 1,
}

# (method, path of the contract) -> how a caller asks for it
CALLS: dict[tuple[str, str], Any] = {
    ("get", "/api/voices"): lambda althea: althea.list_voices(),
    ("post", "/api/voices"): lambda althea: althea.clone_voice(sample=sample(), name="Anna"),
    ("get", "/api/voices/{voice_id}"): lambda althea: althea.get_voice(VOICE_ID),
    ("patch", "/api/voices/{voice_id}"): lambda althea: althea.update_voice(VOICE_ID, name="Anna"),
    ("delete", "/api/voices/{voice_id}"): lambda althea: althea.delete_voice(VOICE_ID),
    ("get", "/api/voices/{voice_id}/preview"): lambda althea: althea.get_preview(VOICE_ID),
    ("post", "/api/voice_preview"): lambda althea: althea.preview_definition(
        name="Anna", definition=DEFINITION
    ),
    ("get", "/api/accounts/me"): lambda althea: althea.get_account(),
    ("get", "/api/accounts/me/tts_api_keys"): lambda althea: althea.get_provider_keys(),
    ("patch", "/api/accounts/me/tts_api_keys"): lambda althea: althea.set_provider_keys(
        {"elevenLabs": Secret("sk-provider-secret"), "lmnt": None}
    ),
}
ERRORS = {
    (400, "field"): InvalidFieldsError,
    (400, "detail"): InvalidFieldsError,
    (400, "duplicate"): NameTakenError,
    (400, "limit"): LimitReachedError,
    (401, "nokey"): KeyRefusedError,
    (402, "plan"): NoAllowanceError,
    (403, "badkey"): KeyRefusedError,
    (403, "nokey"): KeyRefusedError,
    (404, "voice"): GoneError,
    (404, "plain"): GoneError,
    (404, "cursor"): GoneError,
    (405, "m"): InvalidFieldsError,
    (413, "big"): InvalidFieldsError,
    (415, "mt"): InvalidFieldsError,
    (429, "thr"): ThrottledError,
    (503, "u"): ThrottledError,
}


@cache
def contract() -> dict[str, Any]:
    """Read the API document once."""
    # The parser in C: each process of a run reads the document while it collects the tests.
    return yaml.load(CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # type: ignore[no-any-return]  # untyped


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (method, path, operation) of the contract."""
    for path, methods in contract()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def examples() -> Iterator[Any]:
    """Yield (method, path, status, example name, body) of every JSON example of the contract."""
    for method, path, operation in operations():
        for status, answer in operation["responses"].items():
            for name, example in (
                answer.get("content", {}).get("application/json", {}).get("examples", {}).items()
            ):
                yield pytest.param(
                    method, path, int(status), name, example["value"], id=f"{method} {path} {status} {name}"
                )


def refusals() -> list[Any]:
    """Return the examples that are errors, each kind once.

    The document repeats its 16 kinds under every operation (139 examples), and one table maps them all. That
    every operation raises its refusals is tested below.
    """
    kinds: dict[Any, Any] = {}
    for case in examples():
        if case.values[2] >= 400:
            kinds.setdefault(case.values[2:4], case)
    return list(kinds.values())


def successes() -> list[Any]:
    """Return the examples that are successes of operations we use."""
    return [case for case in examples() if case.values[:2] in CALLS and case.values[2] < 400]


def test_the_client_has_every_operation_but_put() -> None:
    # A PATCH does what a PUT does, and sends less.
    assert {(method, path) for method, path, _ in operations()} - {("put", "/api/voices/{voice_id}")} == set(
        CALLS
    )
    assert len(CALLS) == 10


@pytest.mark.parametrize(("method", "path", "status", "name", "body"), successes())
async def test_every_success_example_is_parsed(
    method: str, path: str, status: int, name: str, body: Any
) -> None:
    async with client(Recorder(httpx.Response(status, json=body))) as althea:
        value = await CALLS[method, path](althea)
    voices = [value] if isinstance(value, Voice) else list(value.voices)
    expected = [body] if isinstance(value, Voice) else body["results"]
    assert [voice.raw for voice in voices] == expected
    assert [voice.voice_id for voice in voices] == [each["voiceId"] for each in expected]


@pytest.mark.parametrize(("method", "path", "status", "name", "body"), refusals())
async def test_every_refusal_example_raises_its_error(
    method: str, path: str, status: int, name: str, body: Any
) -> None:
    headers = {"Retry-After": "7"} if status in (429, 503) else {}
    async with client(Recorder(httpx.Response(status, json=body, headers=headers))) as althea:
        with pytest.raises(AltheaError) as caught:
            await CALLS[method, path](althea)
    assert type(caught.value) is ERRORS[status, name]
    assert caught.value.status == status
    assert caught.value.fields


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_every_operation_sends_its_path_and_the_key(method: str, path: str) -> None:
    recorder = Recorder(httpx.Response(403, json={"detail": "Invalid API key"}))
    async with client(recorder) as althea:
        with pytest.raises(KeyRefusedError):
            await CALLS[method, path](althea)
    # Then the account is asked, which alone can say that the key is refused.
    request, *probes = recorder.requests
    assert {probe.url.path for probe in probes} <= {"/api/accounts/me"}
    assert request.method == method.upper()
    assert request.url.path == path.format(voice_id=VOICE_ID)
    assert request.headers["X-API-Key"] == KEY
    assert "X-Unsafe-API-Key" not in request.headers


async def asked(answer: httpx.Response, call: Any) -> tuple[Any, httpx.Request]:
    """Return what the call returned and the one request it made."""
    recorder = Recorder(answer)
    async with client(recorder) as althea:
        return await call(althea), recorder.request


def voice_answer() -> httpx.Response:
    """Answer with a voice that has every field."""
    path = contract()["paths"]["/api/voices"]["post"]["responses"]["201"]
    return httpx.Response(201, json=path["content"]["application/json"]["examples"]["api-preview"]["value"])


async def test_voice_has_every_documented_field() -> None:
    voice, _ = await asked(voice_answer(), CALLS["get", "/api/voices/{voice_id}"])
    assert (voice.name, voice.primary_language) == ("My Custom Voice", "en-US")
    assert voice.language_label == "🇺🇸 English (United States)"
    assert voice.preview_url.endswith("/preview")
    assert (voice.ownership, voice.provider) == ("private", "Eleven Labs")
    assert voice.billing_style == "VOICE_BILLING_STYLE_INCLUDED"
    assert voice.definition["elevenLabs"]["model"] == "eleven_turbo_v2_5"


async def test_create_voice_sends_only_what_is_given() -> None:
    async def create(althea: AltheaClient) -> Voice:
        return await althea.create_voice(name="Anna", definition=DEFINITION, primary_language="de")

    _, request = await asked(voice_answer(), create)
    assert request.headers["Content-Type"] == "application/json"
    assert httpx.Response(200, content=request.content).json() == {
        "name": "Anna",
        "definition": DEFINITION,
        "primaryLanguage": "de",
    }


async def test_update_distinguishes_none_from_not_given() -> None:
    async def update(althea: AltheaClient) -> Voice:
        return await althea.update_voice(VOICE_ID, description=None, primary_language="de")

    _, request = await asked(voice_answer(), update)
    assert httpx.Response(200, content=request.content).json() == {
        "description": None,
        "primaryLanguage": "de",
    }


async def test_delete_accepts_any_success_but_a_page() -> None:
    for answer in (httpx.Response(204), httpx.Response(200), httpx.Response(200, json={"deleted": True})):
        status, _ = await asked(answer, lambda althea: althea.delete_voice(VOICE_ID))
        assert status == answer.status_code
    with pytest.raises(GarbledAnswerError):  # of a proxy or a login page: the voice may well be there
        await asked(
            httpx.Response(200, text="<html>Welcome</html>"), lambda althea: althea.delete_voice(VOICE_ID)
        )


async def test_previews_are_typed_by_their_bytes() -> None:
    for content, content_type in ((WAV, "audio/wav"), (MP3, "audio/mpeg")):
        answer = httpx.Response(200, content=content, headers={"Content-Type": "text/plain"})
        for call in (CALLS["get", "/api/voices/{voice_id}/preview"], CALLS["post", "/api/voice_preview"]):
            preview, _ = await asked(answer, call)
            assert (preview.content, preview.content_type) == (content, content_type)


async def test_the_account_is_read_with_its_limits() -> None:
    account, _ = await asked(httpx.Response(200, json=ACCOUNT), CALLS["get", "/api/accounts/me"])
    assert (account.account_id, account.name, account.allowed_voices) == (VOICE_ID, "Team", 5)
    assert (account.active_calls, account.has_active_subscription) == (2, True)
    assert (account.subscription_tier, account.free_time_remaining) == ("", "1790s")
    assert account.raw == ACCOUNT


async def test_provider_keys_are_sent_and_come_back_as_prefixes() -> None:
    answer = httpx.Response(200, json={"elevenLabs": {"prefix": "sk-p"}, "cartesia": None})
    keys, request = await asked(answer, CALLS["patch", "/api/accounts/me/tts_api_keys"])
    assert keys.prefixes == {"elevenLabs": "sk-p"}
    assert httpx.Response(200, content=request.content).json() == {
        "elevenLabs": "sk-provider-secret",
        "lmnt": None,
    }
