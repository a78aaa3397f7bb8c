"""Asking a speaker, the team's side: the link is shown once, what came is judged and goes on to the clone form."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_key, make_request, make_sample
from tests.web.clone.forms import clone_form
from tests.web.speak.test_links import seen
from voices.actions.consents.statements import write_statement
from voices.actions.speakers.link_tokens import token_hash
from voices.kit.secret import Secret
from voices.models import CloneJob, Consent, SpeakerRequest
from voices.web.clone.form import new_form_token
from voices.web.clone.recording import sign_recording


@pytest.fixture
def ed(cast: Cast) -> Client:
    make_key(cast.ed)
    return cast.login(cast.ed)


def filled(cast: Cast, **changed: Any) -> dict[str, Any]:
    typed = {
        "form_token": new_form_token(cast.ed), "speaker": "Ana Ruiz", "email": "ana@example.com", "relation": "actor",
        "purpose": "The help line", "language": "de-DE", "is_spoken": "on", "days": "14",
    }  # fmt: skip
    return typed | changed


def link_of(answer: HttpResponse) -> str:
    found = re.search(r'<code id="new-link">http://testserver(/speak/[^<]+)</code>', answer.content.decode())
    assert found
    return found[1]


def received(cast: Cast, **facts: Any) -> SpeakerRequest:
    given = {
        "state": "received",
        "sample": make_sample(cast.ed),
        "received_at": timezone.now(),
        "signed_name": "Ana R.",
    }
    return make_request(cast.ed, **given | facts)


# --- asking ---


def test_link_is_shown_once_and_works(cast: Cast, ed: Client) -> None:
    form = filled(cast)
    answer = ed.post("/requests/new/", form)
    link = link_of(answer)
    asked = SpeakerRequest.objects.get()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert (asked.speaker, asked.language, asked.is_spoken) == ("Ana Ruiz", "de-DE", True)
    assert asked.token_hash == token_hash(Secret(link.split("/")[2]))
    assert Client().get(link).status_code == 200
    again = ed.get(ed.post("/requests/new/", form)["Location"])
    assert "its link was shown then" in again.content.decode()
    token = Secret(link.split("/")[2])
    pages = [again, ed.get("/requests/"), ed.get(f"/requests/{asked.pk}/")]
    assert not any(seen(token, page.content.decode()) for page in pages)
    assert SpeakerRequest.objects.count() == 1


def test_link_page_offers_to_copy_and_to_write_an_email(cast: Cast, ed: Client, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    answer = ed.post("/requests/new/", filled(cast, speaker="Ana & Co <x>"))
    page, link = answer.content.decode(), link_of(answer)
    found = re.search(r'href="(mailto:[^"]+)"', html.unescape(page))
    assert found
    assert found[1].startswith("mailto:ana%40example.com?subject=")
    assert f"http://testserver{link}" in unquote(found[1]) and "Hello Ana & Co <x>," in unquote(found[1])
    assert f'data-copy="http://testserver{link}"' in page
    assert len(mail.outbox) == 0


def test_link_is_sent_by_email_if_mail_is_set_up(cast: Cast, ed: Client, settings: Settings) -> None:
    settings.SENDS_MAIL = True
    answer = ed.post("/requests/new/", filled(cast))
    assert "Sent to ana@example.com." in answer.content.decode()
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["ana@example.com"], "Ed asks for a recording of your voice")
    assert f"http://testserver{link_of(answer)}" in sent.body and "The help line" in sent.body
    ed.post("/requests/new/", filled(cast, email="", form_token=new_form_token(cast.ed)))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("language", "is_told"), [("de-CH", False), ("en-IN", False), ("ar", True), ("zh-TW", True)]
)
def test_editor_is_told_if_the_statement_is_not_translated(
    cast: Cast, ed: Client, language: str, is_told: bool
) -> None:
    page = ed.post("/requests/new/", filled(cast, language=language)).content.decode()
    assert ("The consent statement is in English" in page) is is_told


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"speaker": " "}, "Enter the speaker&#x27;s name."),
        ({"relation": ""}, "Choose their relation to your team."),
        ({"purpose": ""}, "The speaker agrees to this."),
        ({"language": "Northwindish"}, "Unknown language."),
        ({"email": "ana"}, "Enter a valid email address."),
        ({"days": "365"}, "Select a valid choice."),
        ({"form_token": "forged"}, "This form was open for more than a day"),
    ],
)
def test_request_form_keeps_what_was_typed(
    cast: Cast, ed: Client, changed: dict[str, str], says: str
) -> None:
    answer = ed.post("/requests/new/", filled(cast, **changed))
    page = answer.content.decode()
    assert (answer.status_code, says in page, SpeakerRequest.objects.count()) == (422, True, 0)
    assert "purpose" in changed or 'value="The help line"' in page


def test_list_shows_where_each_request_stands(cast: Cast, ed: Client) -> None:
    make_request(cast.sam, speaker="Foreign")
    for state, name in (("open", "Olga"), ("received", "Rosa"), ("replaced", "Paul")):
        make_request(cast.ed, state=state, speaker=name)
    make_request(cast.ada, speaker="Erik", expires_at=timezone.now())
    for member in (cast.ed, cast.vera):
        page = " ".join(cast.login(member).get("/requests/").content.decode().split())
        found = re.findall(r'">(\w+)</a></b>.*?</span>(\w[\w ]+)</span>', page)
        assert found == [
            ("Erik", "Expired"), ("Paul", "Asked again"), ("Rosa", "To review"), ("Olga", "Waiting for the speaker"),
        ]  # fmt: skip
        assert "Foreign" not in page
        assert ('href="/requests/new/"' in page) is (member == cast.ed)


# --- what came ---


def test_page_shows_what_came_with_its_report(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    page = ed.get(f"/requests/{asked.pk}/").content.decode()
    assert f"/samples/{asked.sample.pk}/audio/" in page
    assert "Ana R." in page and asked.statement.text[:60] in page
    assert [f"/requests/{asked.pk}/{verb}/" in page for verb in ("accept", "again", "decline")] == [True] * 3
    viewers = cast.login(cast.vera).get(f"/requests/{asked.pk}/").content.decode()
    assert "/audio/" not in viewers and "/accept/" not in viewers


def test_asking_again_shows_a_new_link_with_the_remark(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    form = {"form_token": new_form_token(cast.ed), "remark": "Without the radio, please.", "days": "3"}
    link = link_of(ed.post(f"/requests/{asked.pk}/again/", form))
    asked.refresh_from_db()
    assert asked.state == "replaced"
    assert "Without the radio, please." in Client().get(link).content.decode()
    assert "A newer request" in ed.get(f"/requests/{asked.pk}/").content.decode()


def test_lost_link_is_replaced_without_a_remark(cast: Cast, ed: Client) -> None:
    asked, came = make_request(cast.ed), received(cast)
    form = {"form_token": new_form_token(cast.ed), "remark": "", "days": "3"}
    assert ed.post(f"/requests/{came.pk}/again/", form).status_code == 422
    page = Client().get(link_of(ed.post(f"/requests/{asked.pk}/again/", form))).content.decode()
    assert '<div class="note warning" hx-disable>' not in page
    asked.refresh_from_db()
    assert asked.state == "replaced"


def test_decision_made_by_somebody_else_is_told(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    assert ed.post(f"/requests/{asked.pk}/decline/").status_code == 303
    answer = ed.get(ed.post(f"/requests/{asked.pk}/accept/")["Location"])
    assert "This request has been closed" in answer.content.decode()
    assert Consent.objects.count() == 0


def test_accepted_recording_is_cloned_under_its_consent(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    answer = ed.post(f"/requests/{asked.pk}/accept/")
    consent = Consent.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/clone/?request={asked.pk}")
    assert CloneJob.objects.count() == 0
    write_statement(member=cast.ada, language="en", text="Another text, to which nobody agreed.\n" * 3, seen=1,
                    now=timezone.now())  # fmt: skip
    page = ed.get(answer["Location"]).content.decode()
    assert f'name="stated" value="{consent.uid}"' in page and "Ana R." in page and asked.reference in page
    sample = sign_recording(cast.ed, asked.sample)
    form = clone_form(ed, sample=sample, stated=str(consent.uid), consent=None, statement=None, agreed=None)
    assert ed.post("/clone/", form).status_code == 303
    assert CloneJob.objects.get().consent == consent
    assert Consent.objects.count() == 1


def test_part_of_a_speakers_recording_keeps_their_consent(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    ed.post(f"/requests/{asked.pk}/accept/")
    part = make_sample(cast.ed, parent=asked.sample, filename="part.wav")
    form = {"sample": sign_recording(cast.ed, part), "part": "whole", "complete": "1"}
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/clone/?request={asked.pk}"}
    address = ed.post("/clone/part/", form, headers=headers)["HX-Replace-Url"]
    assert f"request={asked.pk}" in address
    token = sign_recording(cast.ed, part)
    page = ed.get("/clone/", {"request": str(asked.pk), "sample": token}).content.decode()
    assert "part.wav" in page and 'name="stated"' in page


def test_speakers_consent_covers_a_part_but_no_other_recording(cast: Cast, ed: Client) -> None:
    asked = received(cast)
    ed.post(f"/requests/{asked.pk}/accept/")
    uid = str(Consent.objects.get().uid)
    part, other = make_sample(cast.ed, parent=asked.sample), make_sample(cast.ed)
    refused = ed.post("/clone/", clone_form(ed, sample=sign_recording(cast.ed, other), stated=uid))
    assert "This consent is for another recording." in refused.content.decode()
    foreign = clone_form(cast.login(cast.sam), sample="", stated=uid)
    assert "stated" not in cast.login(cast.sam).post("/clone/", foreign).content.decode()
    assert (
        ed.post("/clone/", clone_form(ed, sample=sign_recording(cast.ed, part), stated=uid)).status_code
        == 303
    )
