"""What could be somebody's key is never in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.providers.redaction import has_secret_in_address, hide_in_address, hide_in_text, is_secret_name
from voices.providers.registry import describe_definition

CANARY = "cAnArY7"


def shown(definition: Any) -> str:
    return repr(describe_definition(definition))


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X-Whatever": CANARY}},
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"headers": [["X-Whatever", CANARY]]},
        {"headers": CANARY},
        {"body": {"text": "{text}", "voice": CANARY}},
        {"body": {"deep": [{"list": [CANARY, [CANARY]]}]}},
        {"body": CANARY},
        {"url": f"https://tts.example/speak?voice={CANARY}"},
        {"url": f"https://{CANARY}:{CANARY}@tts.example/speak"},
        {"url": f"wss://tts.example/speak#{CANARY}"},
        {"url": f"tts.example/speak?api_key={CANARY}"},
        {"url": f"https://[broken?key={CANARY}"},
    ],
)
def test_generic_engine_hides_its_secrets(settings: dict[str, Any]) -> None:
    assert CANARY not in shown({"generic": settings})


@pytest.mark.parametrize(
    ("address", "is_secret"),
    [
        ("https://tts.example/speak", False),
        ("https://tts.example/speak?format=wav&model=fast", False),
        ("https://tts.example/speak?api_key=short", True),
        ("https://tts.example/speak?v=sk_0123456789abcdef", True),
        ("https://user:password@tts.example/speak", True),
        ("https://[broken?key=short", True),
    ],
)
def test_address_with_a_key_is_recognised(address: str, is_secret: bool) -> None:
    assert has_secret_in_address(address) is is_secret


def test_redaction_keeps_header_and_member_names() -> None:
    [(_, rows)] = describe_definition(
        {
            "generic": {
                "headers": {"X-Api-Key": "q"},
                "body": {"voice_id": "v"},
                "url": "https://a.example/b?c=d",
            }
        }
    )
    assert rows == [
        ("Address", "https://a.example/b?c=Hidden"),
        ("Headers › X-Api-Key", "Hidden"),
        ("Body › voice_id", "Hidden"),
        ("Words per minute", "150 (default)"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "apiKey", "API_KEY", "x-api-key", "Key", "accessToken", "client_secret", "Authorization", "proxyAuth",
        "passWord", "passwd", "ｐassword", "se-cret", "cookie", "sig", "credentials", "headers", "privateKeyPem",
    ],
)  # fmt: skip
@pytest.mark.parametrize("provider", ["google", "unheardOf"])
def test_redaction_hides_values_under_secret_names(name: str, provider: str) -> None:
    for value in (CANARY, [CANARY], {"a": CANARY}, {CANARY: 1}):
        told = shown({provider: {name: value, "nested": {name: value}, "list": [{name: value}]}})
        assert CANARY not in told
        assert told.count("Hidden") == 3


@pytest.mark.parametrize("name", ["model", "voiceId", "speakingRate", "description", "signal", "locale"])
def test_redaction_shows_values_under_harmless_names(name: str) -> None:
    assert not is_secret_name(name)
    assert CANARY in shown({"unheardOf": {name: CANARY}})


def test_redaction_hides_name_and_value_pairs() -> None:
    assert CANARY not in shown({"unheardOf": {"extras": [{"name": "Authorization", "value": CANARY}]}})


@pytest.mark.parametrize(
    "value",
    [
        "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT",
        "sk_0123456789abcdef0123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "Bearer abcdefgh12",
        '{"password": "wX7pN9fM"}',
        "token=wX7pN9fM; other=1",
        "wX7pN9fM3kLj6tRq2bGh/8yE5cZvD4sT0p==",
    ],
)
@pytest.mark.parametrize("around", ["{}", "see {} there", "\u200b{}"])
def test_redaction_recognises_secrets_by_their_form(value: str, around: str) -> None:
    for key in (value, value[:20] + "\u200b" + value[20:]):
        told = shown({"unheardOf": {"note": around.format(key), key: 1}})
        assert "Hidden" in told
        assert value[9:] not in told


def test_redaction_keeps_ids_readable() -> None:
    uuid, long_id = (
        "5f0a4c1e-8a54-4c0e-9a1e-0d8a4c1e8a54",
        "default-0a1b2c3d4e5f60718293a4b5c6d7e8f9__marlene",
    )
    assert hide_in_text(uuid) == uuid
    assert long_id in shown({"inworld": {"voiceId": long_id}})
    assert hide_in_text("en-US-Chirp3-HD-Charon") == "en-US-Chirp3-HD-Charon"


def test_redacted_url_keeps_host_and_path() -> None:
    assert hide_in_address("https://a.example:8443/v1/tts?x=1&y=2") == (
        "https://a.example:8443/v1/tts?x=Hidden&y=Hidden"
    )
    assert hide_in_address("https://a.example/?bare") == "https://a.example/?bare=Hidden"


@given(st.text(max_size=20), st.text(max_size=20))
def test_redacted_url_hides_every_query_value(name: str, path: str) -> None:
    for url in (f"https://a.example/{path}?{name}={CANARY}", f"a.example?{name}={CANARY}&{name}"):
        assert CANARY not in shown({"generic": {"url": url}})
