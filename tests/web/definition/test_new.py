"""New voices from a provider: seven forms, trying, creating, copying, and what is typed that is wrong."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.base import Cast
from tests.builders import make_voice
from tests.sandbox_voices import Living
from voices.actions.voice.create import definition_of
from voices.actions.voice.definitions import public_definition, sealed_secrets
from voices.kit.secret import Secret
from voices.models import CloneJob, State, Voice
from voices.providers.registry import providers
from voices.web.clone.form import new_form_token

TOKEN = "Bearer sk-live-4f9a7c21d0e84b"
LMNT = {"setting-voiceId": "lily", "setting-speed": "1.25"}
GENERIC = {
    "setting-url": "https://tts.example.com/speak",
    "setting-headers.name": ["Authorization", ""],
    "setting-headers.value": [TOKEN, ""],
    "setting-body": '{"text": "{text}"}',
}


@pytest.fixture
def ed(cast: Cast, living: Living) -> Client:
    living.key(cast.ed)
    with living.asking() as http:
        http.patch("/api/accounts/me/tts_api_keys", json={"lmnt": "lm-0123456789"}).raise_for_status()
    return cast.login(cast.ed)


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def send(browser: Client, cast: Cast, path: str, /, *, htmx: bool = False, **typed: Any) -> HttpResponse:
    fields = {"form_token": new_form_token(cast.ed), "name": "Marlene", "language": "en"} | typed
    answer: HttpResponse = browser.post(path, fields, headers={"HX-Request": "true"} if htmx else {})
    return answer


def voice_of(cast: Cast, living: Living, definition: dict[str, Any], **facts: Any) -> Voice:
    external = {"billing_style": "VOICE_BILLING_STYLE_EXTERNAL", "provider": "", **facts}
    public = public_definition(definition)
    voice = make_voice(cast.ed, account=living.account, definition=public, **external)
    voice.sealed_secrets = sealed_secrets(definition, row_id=voice.pk)
    voice.save()
    return voice


def test_chooser_leads_to_a_form_with_every_setting(ed: Client) -> None:
    page = ed.get("/voices/new/").content.decode()
    links = re.findall(r'href="(/voices/new/\w+/)"', page)
    assert [link.split("/")[3] for link in links] == [
        "cartesia", "elevenLabs", "google", "inworld", "lmnt", "respeecher", "generic",
    ]  # fmt: skip
    for link, key in ((link, link.split("/")[3]) for link in links):
        form = ed.get(link).content.decode()
        names = set(re.findall(r'name="setting-([^"]+)"', form))
        wanted = {one.name for one in providers()[key].entries}
        assert {re.sub(r"\.(name|value|dictionaryId|versionId)$", "", name) for name in names} == wanted
    assert ed.get("/voices/new/nobody/").status_code == 404


def test_viewers_and_people_without_a_key_read_why(cast: Cast) -> None:
    vera = cast.login(cast.vera)
    assert "Your role in this team doesn't allow new voices." in text(vera.get("/voices/new/"))
    assert vera.post("/voices/new/lmnt/", {}).status_code == 403
    assert "A new voice needs a working key." in text(cast.login(cast.ada).get("/voices/new/lmnt/"))


def test_create_seals_what_was_typed_and_sends_it_once(ed: Client, cast: Cast) -> None:
    token = new_form_token(cast.ed)
    first = send(ed, cast, "/voices/new/generic/", form_token=token, description="Calm", **GENERIC)
    again = send(ed, cast, "/voices/new/generic/", form_token=token, description="Calm", **GENERIC)
    [job] = CloneJob.objects.all()
    assert (first.status_code, first["Location"]) == (303, f"/clones/{job.pk}/") == (303, again["Location"])
    assert (job.provider, job.sample, job.description, job.language) == ("generic", None, "Calm", "en")
    assert definition_of(job)["generic"] == {
        "url": "https://tts.example.com/speak",
        "headers": {"Authorization": Secret(TOKEN)},
        "body": {"text": "{text}"},
    }
    page = text(ed.get(first["Location"]))
    assert "Settings checked" in page
    assert "Provider Custom HTTP engine Account" in page  # and neither recording nor consent


def test_refusals_stand_beside_fields_and_keep_what_is_typed(ed: Client, cast: Cast) -> None:
    typed = GENERIC | {"setting-url": "http://10.0.0.7/speak", "setting-body": "{", "name": ""}
    answer = send(ed, cast, "/voices/new/generic/", **typed)
    page, words = answer.content.decode(), text(answer)
    assert answer.status_code == 422
    assert "The address must begin with https://." in words
    assert "This isn't valid JSON: check line 1, column 2." in words
    assert "Give the voice a name so that your team can find it." in words
    assert 'value="http://10.0.0.7/speak"' in page
    assert 'value="Authorization"' in page
    assert TOKEN not in page
    assert "Enter the secret values again: they can't be shown." in words
    nameless = send(ed, cast, "/voices/new/generic/", **GENERIC | {"name": ""})
    assert "Enter the secret values again: they can't be shown." in text(nameless)
    assert not CloneJob.objects.exists()


def test_create_says_that_the_provider_key_is_missing(ed: Client, cast: Cast) -> None:
    answer = send(ed, cast, "/voices/new/google/", **{"setting-voiceId": "en-US-Chirp3-HD-Charon"})
    assert answer.status_code == 422
    assert "has no Google key at Althea, so it can't use Google voices." in text(answer)
    assert not CloneJob.objects.exists()


def test_try_plays_once_and_only_to_who_tried(ed: Client, cast: Cast, living: Living) -> None:
    answer = send(ed, cast, "/voices/new/lmnt/", htmx=True, **{"try": "1"}, name="", **LMNT)
    source = re.search(r'<audio[^>]* src="([^"]+)"', answer.content.decode())
    assert source, text(answer)
    sound = ed.get(source[1], headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content, sound["Content-Type"]) == (206, b"RIFF", "audio/wav")
    assert ed.get(source[1]).content.startswith(b"RIFF")
    assert cast.login(cast.ada).get(source[1]).status_code == 404
    assert len(living.sandbox.log(method="POST", path="/api/voice_preview")) == 1
    without_script = send(ed, cast, "/voices/new/lmnt/", **{"try": "1"}, **LMNT).content.decode()
    assert re.search(r"<audio[^>]* src=", without_script)
    assert 'value="1.25"' in without_script
    assert not CloneJob.objects.exists()


def test_try_tells_what_is_wrong_before_and_after(ed: Client, cast: Cast, living: Living) -> None:
    early = send(ed, cast, "/voices/new/lmnt/", htmx=True, **{"try": "1"}, **LMNT | {"setting-speed": "9"})
    assert "Fix this first Speed : This must be 0.25 to 2." in text(early)
    assert living.sandbox.log(method="POST", path="/api/voice_preview") == []
    body = {"definition": {"lmnt": {"voiceId": ["No such voice."]}}}
    living.sandbox.fault(effect="status", status=400, body=body, path="/api/voice_preview")
    late = send(ed, cast, "/voices/new/lmnt/", htmx=True, **{"try": "1"}, **LMNT)
    assert "Althea refused these settings Voice : Althea says: No such voice." in text(late)


def test_a_copy_has_the_settings_and_secrets_of_its_source(ed: Client, cast: Cast, living: Living) -> None:
    definition = {
        "generic": {
            "url": "https://tts.example.com/speak",
            "headers": {"Authorization": TOKEN},
            "body": {"text": "{text}"},
            "newer": [1],
        }
    }
    source = voice_of(cast, living, definition)
    path = f"/voices/new/generic/?from={source.pk}"
    assert path in ed.get(f"/voices/{source.pk}/").content.decode()
    page = ed.get(path).content.decode()
    assert 'value="Marlene copy"' in page
    assert TOKEN not in page
    kept = GENERIC | {"name": "Marlene copy", "setting-headers.value": ["", ""]}
    moved = send(ed, cast, path, **kept | {"setting-url": "https://elsewhere.example.net/"})
    assert "stored ones are only sent to the server they were entered for" in text(moved)
    assert send(ed, cast, path, **kept).status_code == 303
    [job] = CloneJob.objects.all()
    assert definition_of(job)["generic"] == definition["generic"] | {
        "headers": {"Authorization": Secret(TOKEN)}
    }


def test_clones_cannot_be_copied(ed: Client, cast: Cast, living: Living) -> None:
    clone = make_voice(cast.ed, account=living.account, definition={"elevenLabs": {"voiceId": "x"}})
    assert "New from this one" not in text(ed.get(f"/voices/{clone.pk}/"))
    assert ed.get(f"/voices/new/elevenLabs/?from={clone.pk}").status_code == 404


def test_failed_job_leads_back_to_its_form(ed: Client, cast: Cast) -> None:
    send(ed, cast, "/voices/new/lmnt/", **LMNT)
    errors = [["definition.lmnt.speed", "Too fast."]]
    CloneJob.objects.update(state=State.FAILED, problem="invalid", message="No.", field_errors=errors)
    [job] = CloneJob.objects.all()
    assert "No. Edit and resend it. Your settings are saved." in text(ed.get(f"/clones/{job.pk}/"))
    back = ed.get(f"/clone/?again={job.pk}", follow=True)
    assert "Speed : Too fast." in text(back)
    assert 'value="1.25"' in back.content.decode()
    assert json.loads(json.dumps(definition_of(job))) == {"lmnt": {"voiceId": "lily", "speed": 1.25}}
