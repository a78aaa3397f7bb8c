"""The pages of provider keys: what an admin's accounts can use, a key that passes through, and what needs it."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.builders import make_voice
from tests.sandbox_voices import Living
from tests.web.routes import NOWHERE
from voices.models import EXTERNAL, ApiKey

PAGE, URL = "/keys/providers/", "/api/accounts/me/tts_api_keys"
TYPED = "sk_0123456789abcdef0123456789"
OF_ALTHEA = "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"


@pytest.fixture
def key(cast: Cast, living: Living) -> ApiKey:
    return living.key(cast.ada)


@pytest.fixture
def ada(cast: Cast, key: ApiKey) -> Client:
    return cast.login(cast.ada)


def text(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def store(browser: Client, key: ApiKey, typed: str = TYPED, **more: str) -> HttpResponse:
    answer: HttpResponse = browser.post(f"/keys/{key.pk}/providers/elevenLabs/", {"key": typed, **more})
    return answer


def test_an_admin_stores_replaces_and_removes_a_provider_key(
    cast: Cast, ada: Client, key: ApiKey, living: Living
) -> None:
    facts: dict[str, Any] = {"provider": "Eleven Labs", "account": key.account}
    make_voice(cast.ed, billing_style=EXTERNAL, **facts)
    make_voice(cast.ed, name="A clone", **facts)
    make_voice(cast.sam, billing_style=EXTERNAL, **facts)
    page = text(ada.get(PAGE))
    assert page.count("No key") == 6
    assert "No key, needed by 1 voice of this team" in page
    answer = store(ada, key)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert told(answer) == f"ElevenLabs key stored at Althea for {living.account}."
    assert "<code>sk_01234…</code>, used by 1 voice of this team" in text(ada.get(PAGE))
    form = text(ada.get(f"/keys/{key.pk}/providers/elevenLabs/"))
    assert "It replaces <code>sk_01234…</code>, which 1 voice of this team uses." in form
    assert 'name="seen" value="sk_01234"' in form
    assert store(ada, key, "another-key-of-theirs", seen="sk_01234").status_code == 303
    url = f"/keys/{key.pk}/providers/elevenLabs/remove/"
    assert "1 ElevenLabs voice of this team uses it and will stop working." in text(ada.get(url))
    assert told(ada.post(url, {"seen": "another-"})).endswith("removed at Althea.")
    assert "Nothing to remove" in text(ada.get(url))


def test_the_key_of_google_is_a_json_file(ada: Client, key: ApiKey) -> None:
    url = f"/keys/{key.pk}/providers/google/"
    assert "The key is a service account's JSON file." in text(ada.get(url))
    for typed in (TYPED, "[]", "{" * 5_000, '{"type": "' + "x" * 10_000 + '"}'):
        answer = ada.post(url, {"key": typed})
        assert answer.status_code == 422
        assert "Paste the whole JSON file." in text(answer) and typed not in text(answer)
    file = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN PRIVATE KEY-----\\nMIIE"\n}\n'
    assert ada.post(url, {"key": file}).status_code == 303
    assert "Google" in text(ada.get(PAGE)) and "MIIE" not in text(ada.get(PAGE))


NO_KEY = "This isn&#x27;t a key: it contains spaces or characters that keys don&#x27;t have, or it&#x27;s too long."
MALFORMED = {
    " \n ": "Paste the key first.",
    "2 short": "This isn&#x27;t a key",
    "2short": "This is too short for a key.",
    "x" * 501: NO_KEY,
    "sk_0123456789\nabcdef": NO_KEY,
    "sk_0123456789 abcdef": NO_KEY,
    "schlüsselchen": NO_KEY,
    OF_ALTHEA: "This looks like an Althea key, not a key from ElevenLabs.",
}


def test_what_is_no_provider_key_is_never_sent(ada: Client, key: ApiKey, living: Living) -> None:
    for typed, sentence in MALFORMED.items():
        answer = store(ada, key, typed)
        page = text(answer)
        assert (answer.status_code, sentence in page, f'value="{typed}' in page) == (422, True, False)
    assert living.sandbox.log(method="PATCH", path=URL) == []


def test_a_key_of_althea_is_passed_on_once_confirmed(ada: Client, key: ApiKey, living: Living) -> None:
    assert 'name="unusual"' in text(store(ada, key, OF_ALTHEA))
    assert store(ada, key, OF_ALTHEA, unusual="1").status_code == 303
    assert len(living.sandbox.log(method="PATCH", path=URL)) == 1


def test_refusals_stand_at_the_field_and_outages_above_it(ada: Client, key: ApiKey, living: Living) -> None:
    words = {"elevenLabs": [f"{TYPED} is not valid."]}
    living.sandbox.fault(effect="status", status=400, method="PATCH", path=URL, body=words)
    refused = text(store(ada, key))
    assert 'id="key-error" hx-disable> Althea says: sk_01234…6789 is not valid. </p>' in refused
    living.sandbox.fault(effect="throttle", method="PATCH", path=URL)
    assert "Althea is too busy. Nothing was changed. Try again in 7 s." in text(store(ada, key))


def test_an_account_that_cannot_be_read_is_told_with_a_way_on(
    ada: Client, key: ApiKey, settings: Any
) -> None:
    settings.SANDBOX_URL = NOWHERE
    for url in (PAGE, f"/keys/{key.pk}/providers/lmnt/", f"/keys/{key.pk}/providers/lmnt/remove/"):
        assert "Couldn&#x27;t load the keys of this account: Can&#x27;t reach Althea." in text(
            ada.get(url)
        ).replace("'", "&#x27;")


def test_unknown_providers_and_unusable_keys_are_not_found(ada: Client, cast: Cast, key: ApiKey) -> None:
    for engine in ("generic", "nova"):
        assert ada.get(f"/keys/{key.pk}/providers/{engine}/").status_code == 404
    ApiKey.objects.update(state="refused")
    assert ada.get(f"/keys/{key.pk}/providers/lmnt/").status_code == 404
    assert "You have no working Althea key." in text(ada.get(PAGE))


def test_storing_asks_for_the_password_once_it_is_long_ago(ada: Client, key: ApiKey, settings: Any) -> None:
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    for url in (f"/keys/{key.pk}/providers/lmnt/", f"/keys/{key.pk}/providers/lmnt/remove/"):
        assert ada.get(url)["Location"].startswith("/accounts/reauthenticate/")


def test_forms_of_voices_are_told_of_a_missing_provider_key(
    cast: Cast, ada: Client, key: ApiKey, living: Living
) -> None:
    url, own = f"/keys/{key.pk}/provider-key/?provider=", living.key(cast.ed)
    assert "has no LMNT key at Althea, so it can" in text(ada.get(f"{url}lmnt"))
    assert 'href="/keys/providers/"' in text(ada.get(f"{url}lmnt"))
    assert text(ada.get(f"{url}generic")) == text(ada.get(url)) == ""
    editors = text(cast.login(cast.ed).get(f"/keys/{own.pk}/provider-key/?provider=lmnt"))
    assert "A team admin can add one on the Provider keys page." in editors
    assert 'href="/keys/providers/"' not in editors
