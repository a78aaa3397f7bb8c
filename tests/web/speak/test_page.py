"""The speaker's page: what it discloses, what it takes, and what it says when the link is no longer good."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_request, make_sample, make_voice
from tests.sounds import speech_wav
from voices.actions.speakers.link_tokens import make_token
from voices.kit.secret import Secret
from voices.models import AuditEntry, Membership, Sample, SpeakerRequest
from voices.web.links import link_path


class NoServer(BaseEmailBackend):
    """A mail server that cannot be reached."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("refused")


SPEECH = speech_wav(seconds=12, seed=4)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def token() -> Secret:
    return make_token()


@pytest.fixture
def asked(cast: Cast, token: Secret) -> SpeakerRequest:
    make_sample(cast.ada, content=SPEECH)  # known: it need not be examined
    return make_request(cast.ed, token=token, purpose="The help line", language="de-DE")


def filled(**changed: Any) -> dict[str, Any]:
    """The form as a browser sends it; a field given as None is left out."""
    file = SimpleUploadedFile("Memo.wav", changed.pop("content", SPEECH))
    typed = {"agreed": "on", "signed_name": " Ana  Ruiz ", "file": file, "complete": "1", **changed}
    return {name: value for name, value in typed.items() if value is not None}


def send(
    token: Secret, browser: Client | None = None, *, headers: Any = None, **changed: Any
) -> HttpResponse:
    return (browser or Client()).post(link_path(token), filled(**changed), headers=headers)


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


# --- reading ---


def test_page_says_who_asks_for_what_and_until_when(asked: SpeakerRequest, token: Secret) -> None:
    answer = Client().get(link_path(token))
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Ed, Northwind" in page and "The help line" in page and "The link works once." in page
    assert f"{asked.expires_at:%-d %B %Y, %H:%M} UTC" in page
    assert (
        f'lang="{asked.statement.language}" dir="auto" hx-disable>{asked.statement.text}</blockquote>' in page
    )
    assert '<div class="script-text" lang="de" dir="ltr">' in page


def test_page_discloses_nothing_else_of_the_team(asked: SpeakerRequest, token: Secret, cast: Cast) -> None:
    make_voice(cast.ed, name="Marlene")
    for browser in (Client(), cast.login(cast.ed)):
        page = browser.get(link_path(token)).content.decode()
        for other in (
            "Marlene",
            "Ada",
            "Vera",
            "Southwind",
            "example.com",
            "ana@",
            str(cast.northwind.pk),
            "/keys/",
        ):
            assert other not in page


def test_page_is_kept_by_nobody_and_names_no_address(asked: SpeakerRequest, token: Secret) -> None:
    answer = Client().get(link_path(token))
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "strict-origin"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.content.decode()
    assert "sessionid" not in answer.cookies


def test_reading_uses_nothing_up(asked: SpeakerRequest, token: Secret) -> None:
    """A messenger's preview, a HEAD, a reload."""
    for method in ("get", "head", "get"):
        assert getattr(Client(), method)(link_path(token)).status_code == 200
    asked.refresh_from_db()
    assert (asked.state, AuditEntry.objects.count()) == ("open", 0)


def test_page_needs_no_session_and_no_queries_but_its_own(
    asked: SpeakerRequest, token: Secret, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the request with its parts, and whether its requester may still ask
        Client().get(link_path(token))


@pytest.mark.parametrize("path", ["", "x/", "a/b/", "%00/", "é.b/", "a" * 999, "..%2f..%2f/"])
def test_made_up_link_is_a_plain_404(db: None, path: str) -> None:
    answer = Client().get(f"/speak/{path}")
    assert (answer.status_code, "This link doesn't work" in answer.content.decode()) == (404, True)


def test_forged_link_costs_no_query(db: None, django_assert_num_queries: Any) -> None:
    guesses = [f"/speak/{make_token().reveal()[:-1]}{last}/" for last in "!~*" for _ in range(34)]
    with django_assert_num_queries(0):
        assert {Client().get(guess).status_code for guess in guesses} == {404}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"state": "received", "received_at": timezone.now()}, "This link has been used"),
        ({"state": "accepted", "received_at": timezone.now()}, "This link has been used"),
        ({"state": "declined", "received_at": timezone.now()}, "This link has been used"),
        ({"state": "replaced"}, "There is a newer link"),
        ({"state": "replaced", "received_at": timezone.now()}, "There is a newer link"),
        ({"state": "withdrawn"}, "This link was withdrawn"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This link has expired"),
    ],
)
def test_closed_link_says_why_and_whom_to_ask(
    cast: Cast, token: Secret, facts: dict[str, Any], says: str
) -> None:
    make_request(cast.ed, token=token, purpose="The help line", **facts)
    answers = [Client().get(link_path(token)), send(token), send(token, headers=HTMX)]
    assert [one.status_code for one in answers] == [410] * 3
    for page in map(text_of, answers):
        assert says in page and "<b>Ed</b>" in page and "Northwind" in page
        assert "The help line" not in page
    assert Sample.objects.count() == 0


def test_link_of_a_requester_who_left_is_withdrawn(asked: SpeakerRequest, token: Secret, cast: Cast) -> None:
    Membership.objects.filter(pk=cast.ed.pk).delete()
    assert "This link was withdrawn" in text_of(Client().get(link_path(token)))


def test_link_of_a_team_that_is_gone_does_not_work(asked: SpeakerRequest, token: Secret, cast: Cast) -> None:
    cast.northwind.delete()
    assert Client().get(link_path(token)).status_code == 404


# --- sending ---


def test_recording_is_sent_once_and_the_page_says_what_follows(asked: SpeakerRequest, token: Secret) -> None:
    first, again = send(token), send(token)
    assert (first.status_code, again.status_code) == (200, 410)
    page = text_of(first)
    assert "Your recording has arrived" in page and "Thank you, Ana Ruiz." in page
    assert "withdraw your consent at any time" in page and asked.reference in page
    asked.refresh_from_db()
    assert (asked.state, asked.signed_name, asked.sample) == ("received", "Ana Ruiz", Sample.objects.get())
    assert "This link has been used" in text_of(again)
    assert "This link has been used" in text_of(Client().get(link_path(token)))


def test_requester_is_told_by_email_if_mail_is_set_up(
    asked: SpeakerRequest, token: Secret, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    assert send(token).status_code == 200
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["ed@example.com"], "Ana Ruiz sent a recording")
    assert f"http://testserver/requests/{asked.pk}/" in sent.body and "The help line" in sent.body
    assert token.reveal() not in sent.body
    send(token)
    assert len(mail.outbox) == 1


def test_recording_arrives_although_mail_fails(
    asked: SpeakerRequest, token: Secret, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "tests.web.speak.test_page.NoServer"
    assert "Your recording has arrived" in text_of(send(token))
    assert "requests/email/arrived could not be sent" in caplog.text


def test_script_gets_the_fragment_of_the_same_page(asked: SpeakerRequest, token: Secret) -> None:
    answer = send(token, headers=HTMX)
    assert "<!doctype" not in answer.content.decode()
    assert '<div class="stack" id="speak">' in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"agreed": None}, "Tick this box if you agree."),
        ({"signed_name": " \u200b "}, "Enter your name."),
        ({"signed_name": "x" * 121}, "The limit is 120."),
        ({"file": None}, "Record yourself or choose a recording first."),
        (
            {"file": [SimpleUploadedFile("a.wav", b"a"), SimpleUploadedFile("b.wav", b"b")]},
            "Choose only one recording.",
        ),
    ],
)
def test_incomplete_form_keeps_only_what_was_typed(
    asked: SpeakerRequest, token: Secret, changed: dict[str, Any], says: str
) -> None:
    Sample.objects.all().delete()
    answer = send(token, **changed)
    page = text_of(answer)
    assert (answer.status_code, says in page) == (422, True)
    assert Sample.objects.count() == 0
    assert "signed_name" in changed or 'value=" Ana Ruiz "' in page
    asked.refresh_from_db()
    assert asked.state == "open"


def test_picture_named_wav_is_refused_in_words(asked: SpeakerRequest, token: Secret) -> None:
    answer = send(token, content=b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40_000)
    assert (answer.status_code, "This is a JPEG picture" in text_of(answer)) == (422, True)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_recording_that_was_cut_off_leaves_the_link_open(asked: SpeakerRequest, token: Secret) -> None:
    answer = send(token, complete=None)
    assert (answer.status_code, "arrived incomplete" in text_of(answer)) == (400, True)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_form_of_another_site_is_refused(asked: SpeakerRequest, token: Secret) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert send(token, strict).status_code == 403
    strict.get(link_path(token))
    matching = strict.cookies["csrftoken"].value
    elsewhere = {"Origin": "https://evil.example"}
    assert send(token, strict, csrfmiddlewaretoken=matching, headers=elsewhere).status_code == 403
    assert send(token, strict, csrfmiddlewaretoken=matching).status_code == 200
    asked.refresh_from_db()
    assert asked.state == "received"
