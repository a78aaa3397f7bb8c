"""Single voices, the account, provider keys, previews of definitions; and DRF's refusals."""

import json
from typing import Any

import httpx
import pytest

from tests import loopback
from tests.sandbox.conftest import client_of
from tests.sandbox.live import LiveSandbox
from tests.sandbox.test_listing import define

UNKNOWN = "/api/voices/3c90c3cc-0d44-4b50-8888-8dd25736052a"


def public_id(client: httpx.Client) -> str:
    """Some voice of the catalogue."""
    found: str = client.get("/api/voices", params={"ownership": "public"}).json()["results"][0]["voiceId"]
    return found


def test_a_defined_voice_is_external(client: httpx.Client) -> None:
    definition = {"google": {"voiceId": "en-US-Chirp3-HD-Charon", "speakingRate": 1.5}}
    voice = define(client, "Ada", definition=definition, description=None, primaryLanguage="en-US")
    assert voice["billingStyle"] == "VOICE_BILLING_STYLE_EXTERNAL"
    assert (voice["provider"], voice["definition"]) == ("Google", definition)
    assert client.get(f"/api/voices/{voice['voiceId']}").json() == voice


def test_patch_changes_what_is_given(client: httpx.Client) -> None:
    voice = define(client, "Ada", description="old")
    url = f"/api/voices/{voice['voiceId']}"
    changed = client.patch(url, json={"name": "Eva", "primaryLanguage": "fr-FR", "voiceId": "ignored"})
    assert changed.status_code == 200
    assert changed.json() == voice | {
        "name": "Eva",
        "primaryLanguage": "fr-FR",
        "languageLabel": "🇫🇷 French (France)",
    }
    assert client.get(url).json() == changed.json()


def test_patch_keeps_names_unique(client: httpx.Client) -> None:
    define(client, "Ada")
    other = define(client, "Eva")
    answer = client.patch(f"/api/voices/{other['voiceId']}", json={"name": "Ada"})
    assert (answer.status_code, answer.json()) == (
        400,
        {"name": ["A voice with this name already exists."]},
    )


def test_put_needs_name_and_definition(client: httpx.Client) -> None:
    url = f"/api/voices/{define(client, 'Ada')['voiceId']}"
    answer = client.put(url, json={"name": "Eva"})
    assert (answer.status_code, answer.json()) == (400, {"definition": ["This field is required."]})
    whole = {"name": "Eva", "definition": {"lmnt": {"voiceId": "lily"}}}
    assert client.put(url, json=whole).json()["provider"] == "LMNT"


def test_delete_answers_204_and_the_voice_is_gone(sandbox: LiveSandbox, client: httpx.Client) -> None:
    url = f"/api/voices/{define(client, 'Ada')['voiceId']}"
    answer = client.delete(url)
    assert (answer.status_code, answer.content) == (204, b"")
    for gone in (
        client.get(url),
        client.delete(url),
        client.patch(url, json={}),
        client.get(f"{url}/preview"),
    ):
        assert (gone.status_code, gone.json()) == (404, {"detail": "No Voice matches the given query."})
    assert sandbox.voices() == []


def test_a_deleted_name_is_free_again(client: httpx.Client) -> None:
    client.delete(f"/api/voices/{define(client, 'Ada')['voiceId']}")
    define(client, "Ada")


def test_foreign_voices_are_404_and_public_ones_read_only(sandbox: LiveSandbox, client: httpx.Client) -> None:
    url = f"/api/voices/{define(client, 'Ada')['voiceId']}"
    with client_of(sandbox, sandbox.key()) as stranger:
        assert stranger.get(url).status_code == 404
        assert stranger.delete(url).status_code == 404
    public = f"/api/voices/{public_id(client)}"
    assert client.get(public).status_code == 200
    for answer in (client.patch(public, json={"name": "x"}), client.delete(public)):
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])


@pytest.mark.parametrize(
    "path",
    [
        "/api/voices/nonsense",
        "/api/voices/%00",
        "/api/voices/x/preview",
        UNKNOWN,
        f"{UNKNOWN}/preview",
        "/api/voices/",
        "/api/accounts/me/",
        "/api/nothing",
        "/",
        "/elsewhere",
    ],
)
def test_unknown_places_are_404_in_json(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert list(answer.json()) == ["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/api/voices", "GET, POST, HEAD, OPTIONS"),
        ("POST", UNKNOWN, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("DELETE", "/api/accounts/me", "GET, HEAD, OPTIONS"),
        ("GET", "/api/voice_preview", "POST, OPTIONS"),
    ],
)
def test_wrong_methods_are_405_in_json(client: httpx.Client, method: str, path: str, allow: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json() == {"detail": f'Method "{method}" not allowed.'}


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    answer = client.head("/api/accounts/me")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "Authentication credentials were not provided."),
        ("nonsense", "Invalid API key"),
        ("Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT", "Invalid API key"),
    ],
)
def test_without_a_good_key_everything_is_403(sandbox: LiveSandbox, key: str | None, words: str) -> None:
    headers = {} if key is None else {"X-API-Key": key}
    with loopback.client(base_url=sandbox.url, headers=headers) as client:
        for answer in (client.get("/api/accounts/me"), client.post("/api/voices", content=b"x" * 99_999)):
            assert (answer.status_code, answer.json()) == (403, {"detail": words})


def test_a_revoked_key_is_refused_and_others_are_not(sandbox: LiveSandbox) -> None:
    first, second = sandbox.keys(2)
    sandbox.revoke(first)
    for key, status in ((first, 403), (second, 200)):
        with client_of(sandbox, key) as client:
            assert client.get("/api/accounts/me").status_code == status


@pytest.mark.parametrize("path", ["/api/voices", "/api/voice_preview"])
def test_other_media_types_are_415(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=b"hello", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()) == (
        415,
        {"detail": 'Unsupported media type "text/plain" in request.'},
    )


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"{", "detail"),
        (b"\xff", "detail"),
        (b'{"name": NaN}', "detail"),
        (b"[" * 100_000, "detail"),
        (b"[1]", "non_field_errors"),
        (b"null", "non_field_errors"),
    ],
)
def test_broken_json_is_400(client: httpx.Client, raw: bytes, name: str) -> None:
    answer = client.post("/api/voices", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_json_past_its_limit_is_413(client: httpx.Client) -> None:
    answer = client.post("/api/voices", json={"name": "x" * 3_000_000})
    assert answer.status_code == 413


BAD_DEFINITIONS: list[Any] = [
    None,
    {},
    "text",
    {"google": {}, "lmnt": {}},
    {"siri": {}},
    {"google": {"speakingRate": 3}},
    {"google": {"speakingRate": True}},
    {"elevenLabs": {"stability": -0.1}},
    {"elevenLabs": {"pronunciationDictionaries": [{"dictionaryId": 3}]}},
    {"respeecher": {"topK": 0}},
    {"respeecher": {"topP": 0}},
    {"respeecher": {"seed": 2**31}},
    {"generic": {"headers": {"a": 1}}},
    {"generic": {"jsonByteEncoding": "HEX"}},
    {"cartesia": {"generationConfig": {"volume": 9}}},
    {"cartesia": {"unheardOf": 1}},
]


@pytest.mark.parametrize("definition", BAD_DEFINITIONS, ids=str)
def test_bad_definitions_are_refused(client: httpx.Client, definition: Any) -> None:
    for path in ("/api/voices", "/api/voice_preview"):
        answer = client.post(path, json={"name": "Ada", "definition": definition})
        assert (answer.status_code, list(answer.json())) == (400, ["definition"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (None, "This field may not be null."),
        (True, "Not a valid string."),
        ([], "Not a valid string."),
        ("\ud800", "Surrogate characters are not allowed: U+D800."),
    ],
)
def test_bad_names_in_json_are_refused(client: httpx.Client, name: Any, words: str) -> None:
    raw = json.dumps({"name": name, "definition": {"lmnt": {}}})  # escapes the surrogate, which httpx cannot
    answer = client.post("/api/voices", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"name": [words]})


def test_a_definition_can_be_heard_before_it_is_stored(client: httpx.Client) -> None:
    first = client.post("/api/voice_preview", json={"name": "A", "definition": {"lmnt": {"voiceId": "a"}}})
    second = client.post("/api/voice_preview", json={"name": "A", "definition": {"lmnt": {"voiceId": "b"}}})
    assert (first.status_code, first.headers["content-type"], first.content[:4]) == (
        200,
        "audio/wav",
        b"RIFF",
    )
    assert first.content != second.content


def test_the_account_has_every_documented_field(client: httpx.Client) -> None:
    account = client.get("/api/accounts/me").json()
    assert len(account) == 15
    assert account["name"].startswith("Sandbox account sb")
    assert account["allowedVoices"] is None


def test_provider_keys_show_prefixes_only(client: httpx.Client) -> None:
    url = "/api/accounts/me/tts_api_keys"
    assert client.get(url).json() == {}
    stored = client.patch(url, json={"lmnt": "secret-key-of-lmnt", "google": "short"})
    assert stored.json() == {"google": {"prefix": "sh"}, "lmnt": {"prefix": "secret-k"}}
    assert client.patch(url, json={"lmnt": None}).json() == {"google": {"prefix": "sh"}}


def test_definitions_take_a_provider_key_once_the_switch_is_on(
    sandbox: LiveSandbox, client: httpx.Client
) -> None:
    definition = {"lmnt": {"voiceId": "x"}}
    voice = {"name": "Lily", "definition": definition}
    sandbox.settings(providerKeys="needed")
    refusals = [client.post("/api/voices", json=voice), client.post("/api/voice_preview", json=voice)]
    for refusal in refusals:
        assert (refusal.status_code, refusal.json()) == (
            400,
            {"detail": "lmnt answered 401: no API key is set for this account."},
        )
    client.patch("/api/accounts/me/tts_api_keys", json={"lmnt": "secret-key-of-lmnt"})
    created = client.post("/api/voices", json=voice)
    assert created.status_code == 201
    url = f"/api/voices/{created.json()['voiceId']}"
    assert client.patch(url, json={"definition": {"google": {}}}).status_code == 400
    assert client.patch(url, json={"definition": {"generic": {}}}).status_code == 200


def test_past_the_rate_limit_429_says_when(sandbox: LiveSandbox, client: httpx.Client) -> None:
    sandbox.settings(rateLimit=0.1)
    assert client.get("/api/accounts/me").status_code == 200
    answer = client.get("/api/accounts/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert answer.json() == {"detail": "Request was throttled. Expected available in 10 seconds."}
