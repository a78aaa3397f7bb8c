"""The consent of a form: short, nothing lost on an error, and never to a text that was not shown."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_key, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.sounds import speech_wav
from tests.web.clone.test_page import send, wav
from voices.actions.consents.statements import write_statement
from voices.models import Consent, ConsentStatement, Voice

TODAY = timezone.now().date()
AGREED = {"consent": "agreed", "speaker": "Ana Ruiz", "relation": "customer", "proof": "Contract 17"}
TEXT = "I speak in this recording, and Northwind may copy my voice."


def text(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]  # a response


@pytest.fixture
def ed(cast: Cast) -> Client:
    """Ed, who has a key."""
    make_key(cast.ed)
    return cast.login(cast.ed)


def form(**facts: Any) -> dict[str, Any]:
    return {**AGREED, "statement": "en.1", "agreed": "on", "complete": "1", **facts}


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"relation": ""}, "Choose their relation to your team."),
        ({"agreed": ""}, "Confirm that the speaker agreed to this statement."),
        ({"statement": ""}, "Choose the statement that the speaker agreed to."),
        ({"statement": "en.9"}, "The statement was changed while this form was open."),
        ({"expires_on": "soon"}, "Enter a date such as 2027-03-31."),
        ({"expires_on": str(TODAY - timedelta(days=1))}, "This day is in the past."),
    ],
)
def test_clone_form_names_what_its_consent_lacks(ed: Client, stated: dict[str, str], sentence: str) -> None:
    answer = send(ed, **form(**stated))
    page = text(answer)
    assert (answer.status_code, sentence in page) == (422, True)
    for kept in ('value="agreed" checked', 'value="Ana Ruiz"', 'value="Contract 17"', 'value="Marlene"'):
        assert kept in page
    assert not Consent.objects.exists()


def test_clone_form_keeps_language_date_and_relation(ed: Client) -> None:
    later = str(TODAY + timedelta(days=60))
    page = text(send(ed, **form(statement="de.1", expires_on=later, name="")))
    assert '<option value="de.1" selected>Deutsch</option>' in page
    assert f'value="{later}"' in page
    assert '<option value="customer" selected>Customer</option>' in page
    assert 'name="agreed" checked' in page
    assert "Ich bin die Person, die in dieser Aufnahme spricht." in page


def test_synthetic_voice_needs_no_statement(ed: Client) -> None:
    assert send(ed, file=wav(), consent="made", statement="en.1", agreed=None).status_code == 303
    assert Consent.objects.get().statement is None


def test_changed_statement_is_shown_and_unticked(cast: Cast, ed: Client) -> None:
    write_statement(member=cast.ada, language="en", text=TEXT, seen=1, now=NOON)
    page = text(send(ed, **form()))
    assert (TEXT in page, 'name="agreed" checked' in page) == (True, False)
    assert '<option value="en.2" selected>' in page


def test_adding_consent_on_a_voices_page(cast: Cast) -> None:
    voice, ed = make_voice(cast.ed), cast.login(cast.ed)
    url = f"/voices/{voice.pk}/consent/"
    assert url in text(ed.get(f"/voices/{voice.pk}/"))
    answer = ed.post(url, form(speaker=""))
    assert (answer.status_code, "Enter the name of the person who consented." in text(answer)) == (422, True)
    assert ed.post(url, form()).status_code == 303
    consent = Consent.objects.get()
    assert (Voice.objects.get().consent, consent.relation) == (consent, "customer")
    page = text(ed.get(f"/voices/{voice.pk}/"))
    for told in ("Ana Ruiz", "Customer", "Contract 17", "English, version 1", "Ed added consent to Marlene"):
        assert told in page
    assert url not in page


def test_spoken_statement_is_added_on_a_voices_page(cast: Cast) -> None:
    voice, ed = make_voice(cast.ed), cast.login(cast.ed)
    url = f"/voices/{voice.pk}/consent/"
    assert 'name="spoken"' in text(ed.get(url))
    no_sound = SimpleUploadedFile("statement.wav", b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 400)
    refused = ed.post(url, form(spoken=no_sound))
    assert (refused.status_code, "This is a JPEG picture" in text(refused)) == (422, True)
    assert ed.post(url, form(spoken=spoken())).status_code == 303
    kept = Consent.objects.get().spoken
    assert kept is not None
    assert kept.filename == "statement.wav"


def test_consent_that_arrives_incomplete_is_not_recorded(cast: Cast) -> None:
    typed = form()
    typed.pop("complete")
    answer = cast.login(cast.ed).post(f"/voices/{make_voice(cast.ed).pk}/consent/", typed)
    assert (answer.status_code, Consent.objects.count()) == (400, 0)


def test_public_and_deleted_voices_offer_no_consent(cast: Cast) -> None:
    ed = cast.login(cast.ed)
    for facts in ({"ownership": "public"}, {"deleted_at": NOON}):
        voice = make_voice(cast.ed, **facts)
        assert f"/voices/{voice.pk}/consent/" not in text(ed.get(f"/voices/{voice.pk}/"))


def test_receipt_is_a_file_of_its_own(cast: Cast) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed))
    answer = cast.login(cast.vera).get(f"/consents/{consent.uid}/receipt/")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="consent-{consent.uid}.json"'
    assert answer["Cache-Control"] == "no-store"


def test_statement_page_saves_versions_for_admins_only(cast: Cast) -> None:
    ada, url = cast.login(cast.ada), "/consents/statements/"
    answer = ada.post(url, {"language": "de", "text": TEXT, "seen": "1"})
    page = text(ada.get(answer["Location"]))
    for told in (
        "New consents refer to version 2.",
        "Version 1",
        "included with Voice Studio",
        "Save as version 3",
    ):
        assert told in page
    answer = ada.post(url, {"language": "de", "text": f"{TEXT} Mine.", "seen": "1"})
    page = text(answer)
    assert (answer.status_code, "Someone else just saved version 2." in page) == (422, True)
    assert f"{TEXT} Mine." in page
    answer = ada.post(url, {"language": "de", "text": "Yes.", "seen": "2"})
    assert (answer.status_code, ">Yes.</textarea>" in text(answer)) == (422, True)
    page = text(cast.login(cast.ed).get(f"{url}?language=de"))
    assert (TEXT in page, "<textarea" in page) == (True, False)
    assert ConsentStatement.objects.filter(language="de").count() == 2


def test_statement_page_of_an_unknown_language_says_so(cast: Cast) -> None:
    page = text(cast.login(cast.ada).get("/consents/statements/?language=zz-nothing"))
    assert "Unknown language. Choose one from the list." in page


def spoken(**facts: Any) -> SimpleUploadedFile:
    return SimpleUploadedFile("statement.wav", speech_wav(seconds=14, seed=7, **facts))


def test_spoken_statement_is_kept_with_the_consent(cast: Cast, ed: Client) -> None:
    assert send(ed, file=wav(), **form(spoken=spoken())).status_code == 303
    consent = Consent.objects.get()
    assert consent.spoken is not None
    assert (consent.spoken.filename, consent.spoken == consent.sample) == ("statement.wav", False)
    facts = json.loads(ed.get(f"/consents/{consent.uid}/receipt/").content)
    assert facts["statement"]["spoken"]["received_sha256"] == consent.spoken.sha256


def test_spoken_statement_survives_an_error_elsewhere(ed: Client) -> None:
    page = text(send(ed, file=wav(), **form(spoken=spoken(), name="")))
    assert 'Saved: <span dir="auto">statement.wav</span>' in page
    found = re.search(r'name="spoken_kept" value="([^"]+)"', page)
    assert found
    assert send(ed, file=wav(), **form(spoken_kept=found[1])).status_code == 303
    assert Consent.objects.get().spoken is not None


def test_spoken_statement_that_is_no_recording_is_refused(cast: Cast, ed: Client) -> None:
    answer = send(ed, file=wav(), **form(spoken=SimpleUploadedFile("a.wav", b"no sound")))
    assert (answer.status_code, 'id="spoken-error"' in text(answer)) == (422, True)
    foreign = signing.dumps(str(make_sample(cast.sam).pk), salt=f"consent.spoken.{cast.sam.pk}")
    assert send(ed, file=wav(), **form(spoken_kept=foreign)).status_code == 303
    assert Consent.objects.get().spoken is None


@pytest.mark.parametrize("which", ["audio", "original"])
def test_recording_of_an_ended_consent_is_not_heard(cast: Cast, ed: Client, which: str) -> None:
    sample = make_sample(cast.ed)
    part = make_sample(cast.ed, parent=sample)
    consent = make_consent(cast.ed, part, spoken=make_sample(cast.ed))
    voice = make_voice(cast.ed, sample=part, consent=consent, consent_state="recorded")
    urls = [f"/samples/{one.pk}/{which}/" for one in (sample, part, consent.spoken)]
    assert [ed.get(url).status_code for url in urls] == [200] * 3
    ed.post(f"/consents/{consent.uid}/withdraw/", {"reason": "She asked."})
    assert [ed.get(url).status_code for url in urls] == [403] * 3
    assert f"/samples/{part.pk}/" not in text(ed.get(f"/voices/{voice.pk}/"))
