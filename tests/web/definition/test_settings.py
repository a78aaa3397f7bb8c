"""The settings page: what is kept, who else changed it, and which voices have none. Real sandbox."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.sandbox_voices import Living
from voices import althea
from voices.actions.voice.definitions import full_definition
from voices.actions.voice.upsert import upsert_voice
from voices.kit.clock import SystemClock
from voices.models import AuditEntry, Voice, VoiceOrigin

TOKEN = "Bearer sk-live-4f9a7c21d0e84b"
GENERIC: dict[str, Any] = {
    "url": "https://tts.example.com/speak",
    "headers": {"Authorization": TOKEN},
    "body": {"text": "{text}"},
    "responseSampleRate": 16000,
}
TYPED = {
    "setting-url": "https://tts.example.com/speak",
    "setting-headers.name": ["Authorization", ""],
    "setting-headers.value": ["", ""],
    "setting-body": '{\n  "text": "{text}"\n}',
    "setting-responseSampleRate": "24000",
}


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


@pytest.fixture
def ed(cast: Cast, living: Living) -> Client:
    living.key(cast.ed)
    return cast.login(cast.ed)


@pytest.fixture
def voice(cast: Cast, living: Living) -> Voice:
    """A voice of the custom engine that really is at the sandbox."""
    with living.asking() as http:
        body = {"name": "Marlene", "definition": {"generic": GENERIC}}
        told = http.post("/api/voices", json=body).raise_for_status().json()
    upstream = althea.Voice.from_json(told)
    now = SystemClock().now()
    return upsert_voice(
        team=cast.northwind, account=living.account, upstream=upstream, origin=VoiceOrigin.SYNCED, now=now
    )


def seen_by(browser: Client, voice: Voice) -> str:
    page = browser.get(f"/voices/{voice.pk}/settings/").content.decode()
    assert TOKEN not in page
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1]


def save(browser: Client, voice: Voice, /, **typed: Any) -> HttpResponse:
    fields = {"seen": typed.pop("seen", "") or seen_by(browser, voice)} | TYPED | typed
    answer: HttpResponse = browser.post(f"/voices/{voice.pk}/settings/", fields)
    return answer


def upstream_settings(living: Living, voice: Voice) -> dict[str, Any]:
    told = living.told(voice)
    assert told is not None
    settings: dict[str, Any] = told["definition"]["generic"]
    return settings


def test_save_keeps_secrets_and_sends_the_rest(ed: Client, voice: Voice, living: Living) -> None:
    assert "Edit settings" in text(ed.get(f"/voices/{voice.pk}/"))
    answer = save(ed, voice)
    assert (answer.status_code, answer["Location"]) == (303, f"/voices/{voice.pk}/"), text(answer)
    assert [str(one) for one in get_messages(answer.wsgi_request)] == ["Saved here and at Althea."]
    assert upstream_settings(living, voice) == GENERIC | {"responseSampleRate": 24000}
    voice.refresh_from_db()
    assert full_definition(voice)["generic"]["headers"]["Authorization"].reveal() == TOKEN
    entry = AuditEntry.objects.get(verb="voice.redefined")
    assert entry.facts == {"settings": ["responseSampleRate"]}
    assert save(ed, voice).status_code == 303
    assert len(living.sandbox.log(method="PATCH")) == 1  # the second one had nothing to change


def test_bounds_are_checked_before_anything_is_sent(ed: Client, voice: Voice, living: Living) -> None:
    answer = save(ed, voice, **{"setting-responseSampleRate": "0"})
    assert answer.status_code == 422
    assert "This must be at least 1" in text(answer)
    assert living.sandbox.log(method="PATCH") == []


def test_second_of_two_changes_sees_both_values(ed: Client, voice: Voice, living: Living, cast: Cast) -> None:
    seen = seen_by(ed, voice)
    living.key(cast.ada)
    other = {"setting-responseWordsPerMinute": "120", "setting-responseSampleRate": "8000"}
    assert save(cast.login(cast.ada), voice, **other).status_code == 303
    answer = save(ed, voice, seen=seen)
    words = text(answer)
    assert answer.status_code == 409
    assert "Ada changed this voice" in words
    assert "Response sample rate Yours 24000 Now 8000" in words
    assert "Words per minute Yours You didn't change it Now 120" in words
    page = answer.content.decode()
    assert 'value="24000"' in page
    assert 'value="120"' in page
    again = re.search(r'name="seen" value="([^"]+)"', page)
    assert again
    assert save(ed, voice, seen=again[1], **{"setting-responseWordsPerMinute": "120"}).status_code == 303
    assert upstream_settings(living, voice) == GENERIC | {
        "responseSampleRate": 24000,
        "responseWordsPerMinute": 120,
    }


def test_change_at_althea_is_not_overwritten(ed: Client, voice: Voice, living: Living) -> None:
    changed = GENERIC | {"headers": {"Authorization": "Bearer another-one-4f9a7c21"}}
    living.change(voice, definition={"generic": changed})
    answer = save(ed, voice)
    assert answer.status_code == 409
    assert "changed at Althea, outside Voice Studio" in text(answer)
    assert upstream_settings(living, voice) == changed
    assert "another-one" not in answer.content.decode()


@pytest.mark.parametrize("commit", [True, False])
def test_unclear_answer_is_checked(ed: Client, voice: Voice, living: Living, commit: bool) -> None:
    fault = {"method": "PATCH", "path": "/api/voices/[^/]+", "commit": commit}
    living.sandbox.fault(effect="drop", how="rst", **fault)
    answer = save(ed, voice)
    assert answer.status_code == (303 if commit else 422)
    assert commit or "We checked: nothing was changed. Try again." in text(answer)


def test_althea_s_refusal_stands_beside_its_setting(ed: Client, voice: Voice, living: Living) -> None:
    body = {"definition": {"generic": {"url": ["Unreachable."]}}}
    living.sandbox.fault(effect="status", status=400, body=body, method="PATCH")
    answer = save(ed, voice)
    assert answer.status_code == 422
    assert "Address : Althea says: Unreachable." in text(answer)
    assert 'value="24000"' in answer.content.decode()


def test_secrets_never_follow_a_changed_address(ed: Client, voice: Voice, living: Living) -> None:
    moved = {"setting-url": "https://elsewhere.example.net/"}
    answer = save(ed, voice, **moved)
    assert answer.status_code == 422
    assert "stored ones are only sent to the server they were entered for" in text(answer)
    tried = ed.post(f"/voices/{voice.pk}/settings/", TYPED | moved | {"try": "1", "seen": ""})
    assert "stored ones are only sent to the server they were entered for" in text(tried)
    assert living.sandbox.log(method="(PATCH|POST)", path="/api/(voice_preview|voices/.+)") == []
    retyped = moved | {"setting-headers.value": ["Bearer theirs-now", ""]}
    assert save(ed, voice, **retyped).status_code == 303


def test_clones_have_no_settings_form_and_say_why(ed: Client, cast: Cast, living: Living) -> None:
    clone = living.voice(cast.ed)
    page = ed.get(f"/voices/{clone.pk}/settings/")
    assert "was cloned from a recording" in text(page)
    assert "setting-" not in page.content.decode()
    assert ed.post(f"/voices/{clone.pk}/settings/", TYPED).status_code == 422
    assert "Edit settings" not in text(ed.get(f"/voices/{clone.pk}/"))
    assert living.sandbox.log(method="PATCH") == []
