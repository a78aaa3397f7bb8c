"""The clone page: what is typed stays, what is wrong stands beside its field, and one form makes one job."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests import sounds
from tests.base import Cast
from tests.builders import make_account, make_job, make_key, make_voice
from tests.web.clone.forms import clone_form
from voices.models import (
    AltheaAccount,
    AuditEntry,
    CloneJob,
    Membership,
    PreviewFile,
    PreviewState,
    Sample,
    State,
)
from voices.web.clone.form import new_form_token
from voices.web.clone.recording import sign_recording

URL = "/clone/"


def wav(content: bytes | None = None, name: str = "marlene.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if content is not None else sounds.speech_wav(seconds=12))


def send(browser: Client, **fields: Any) -> HttpResponse:
    return browser.post(URL, clone_form(browser, **fields))


@pytest.fixture
def ed(cast: Cast) -> Client:
    make_key(cast.ed)
    return cast.login(cast.ed)


def test_clone_form_makes_a_job_and_redirects_to_it(ed: Client, cast: Cast) -> None:
    answer = send(ed, file=wav())
    job = CloneJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/clones/{job.pk}/")
    assert (job.state, job.name, job.language, job.description) == (State.READY, "Marlene", "de-DE", "Warm")
    assert (job.actor, job.team, job.sample.filename) == (cast.ed.user, cast.northwind, "marlene.wav")


def test_clone_form_by_htmx_loads_the_whole_job_page(ed: Client) -> None:
    answer = ed.post(URL, clone_form(ed, file=wav()), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/clones/{CloneJob.objects.get().pk}/"


def test_clone_form_sent_twice_makes_one_job(ed: Client, cast: Cast) -> None:
    token = new_form_token(cast.ed)
    first, second = (send(ed, file=wav(), form_token=token) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert CloneJob.objects.count() == 1


def test_clone_form_after_a_step_back_makes_another_job(ed: Client, cast: Cast) -> None:
    token = new_form_token(cast.ed)
    send(ed, file=wav(), form_token=token)
    other = send(ed, file=wav(sounds.speech_wav(seconds=13), "sora.wav"), name="Sora", form_token=token)
    job = CloneJob.objects.get(name="Sora")
    assert (other.status_code, other["Location"]) == (303, f"/clones/{job.pk}/")
    assert (job.sample.filename, CloneJob.objects.count()) == ("sora.wav", 2)


def test_clone_form_after_a_step_back_says_a_name_is_taken(ed: Client, cast: Cast) -> None:
    token = new_form_token(cast.ed)
    send(ed, file=wav(), form_token=token)
    answer = send(ed, file=wav(sounds.speech_wav(seconds=13)), form_token=token)
    assert answer.status_code == 422
    assert "A clone called “Marlene” is already in progress" in answer.content.decode()


def test_clone_form_sent_twice_into_the_last_slot_is_one_job(ed: Client, cast: Cast) -> None:
    AltheaAccount.objects.update(allowed_voices=1)
    token = new_form_token(cast.ed)
    first = send(ed, file=wav(), form_token=token)
    make_voice(cast.ed, account=CloneJob.objects.get().account, name="Sora")
    second = send(ed, file=wav(), form_token=token)
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert "is full" in send(ed, file=wav(), name="Nadia").content.decode()


def test_clone_form_of_another_person_is_out_of_date(ed: Client, cast: Cast) -> None:
    answer = send(ed, file=wav(), form_token=new_form_token(cast.ada))
    assert answer.status_code == 422
    assert "or under another login. Nothing you entered is lost" in answer.content.decode()


def test_clone_form_that_was_cut_off_says_so(ed: Client) -> None:
    answer = send(ed, file=wav(), complete=None)
    assert answer.status_code == 400
    page = " ".join(answer.content.decode().split())
    assert "It was cut off or damaged on the way" in page
    assert "Go back in your browser: what you entered is still there." in page
    assert not CloneJob.objects.exists()


def test_job_shows_the_file_name_that_came_with_it(ed: Client) -> None:
    send(ed, file=wav(name="first.wav"))
    page = ed.get(send(ed, file=wav(name="second.wav"), name="Sora")["Location"]).content.decode()
    assert Sample.objects.count() == 1
    assert "second.wav · 12 s" in page
    assert "first.wav" not in page


def test_clone_form_with_errors_keeps_the_file_name_that_came(ed: Client) -> None:
    send(ed, file=wav(name="first.wav"))
    page = send(ed, file=wav(name="second.wav"), name="").content.decode()
    token = re.search(r'name="sample" value="([^"]+)"', page)
    assert token
    assert "second.wav" in page
    again = send(ed, name="Sora", sample=token[1])
    assert "second.wav" in ed.get(again["Location"]).content.decode()


@pytest.mark.parametrize("name", ["marlene müller", "Marlene Muller", "Ｍarlene Müller"])
def test_clone_points_out_a_name_that_looks_alike(cast: Cast, name: str) -> None:
    key = make_key(cast.ed)
    make_voice(cast.ed, account=key.account, name="Marlene Müller")
    browser = cast.login(cast.ed)
    page = browser.get(send(browser, file=wav(), name=name)["Location"]).content.decode()
    assert f"“{name}” and “Marlene Müller” differ only in case, width or accents." in page


def test_clone_points_out_no_name_of_elsewhere(cast: Cast) -> None:
    key = make_key(cast.ed)
    make_voice(cast.ed, name="marlene")
    make_voice(cast.ed, account=key.account, name="MARLENE", gone_at=timezone.now())
    make_voice(cast.sam, account=key.account, name="marlène")
    browser = cast.login(cast.ed)
    page = browser.get(send(browser, file=wav())["Location"]).content.decode()
    assert "differ only" not in page


def test_clone_form_with_a_wrong_name_keeps_everything_else(ed: Client, cast: Cast) -> None:
    answer = send(ed, file=wav(), name="x" * 41)
    page = answer.content.decode()
    sample = Sample.objects.get()
    assert answer.status_code == 422
    assert "This name has 41 characters. Althea allows at most 40." in page
    assert "x" * 41 in page
    assert "Warm" in page
    assert "marlene.wav" in page
    again = send(ed, name="Marlene", sample=sign_recording(cast.ed, sample))
    assert again.status_code == 303
    assert CloneJob.objects.get().sample == sample


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("   ", "Give the voice a name"),
        ("\x00", "Give the voice a name"),
        ("\u202e\u200f", "Give the voice a name"),
        ("y" * 41, "at most 40"),
    ],
)
def test_clone_form_refuses_a_name_althea_would_not_take(ed: Client, name: str, told: str) -> None:
    answer = send(ed, file=wav(), name=name)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not CloneJob.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Mia 🎙️ \u202eevil", "Mia 🎙️ evil"),
        ("  Old \t Tom ", "Old Tom"),
        ("z" * 40, "z" * 40),
    ],
)
def test_clone_form_keeps_a_strange_name_as_text(ed: Client, name: str, kept: str) -> None:
    job_page = ed.get(send(ed, file=wav(), name=name)["Location"])
    assert CloneJob.objects.get().name == kept
    assert "<script>alert" not in job_page.content.decode()


@pytest.mark.parametrize("language", ["xx-nonsense", "de_DE_too_long", "<b>", "12"])
def test_clone_form_refuses_an_unknown_language(ed: Client, language: str) -> None:
    answer = send(ed, file=wav(), language=language)
    assert answer.status_code == 422
    assert "Unknown language" in answer.content.decode()


def test_clone_form_accepts_a_language_name(ed: Client) -> None:
    assert send(ed, file=wav(), language="German (Germany)").status_code == 303
    assert CloneJob.objects.get().language == "de-DE"


def test_clone_form_refuses_a_description_that_is_too_long(ed: Client) -> None:
    answer = send(ed, file=wav(), description="d" * 241)
    assert "This description has 241 characters" in answer.content.decode()


def test_clone_form_asks_for_a_file(ed: Client) -> None:
    answer = send(ed)
    assert answer.status_code == 422
    assert "Choose a recording. 30 to 60 seconds" in answer.content.decode()


def test_clone_form_refuses_two_files(ed: Client) -> None:
    answer = send(ed, file=[wav(), wav()])
    assert "Choose only one recording" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (sounds.jpeg(), "JPEG"),
        (sounds.zip_bytes(), "ZIP"),
        (sounds.html(), "web page"),
        (sounds.pdf(), "PDF"),
        (sounds.truncated(sounds.speech_wav(seconds=12)), "stops"),
        (sounds.speech_wav(seconds=3), "30 to 60 seconds"),
    ],
    ids=["empty", "jpeg", "zip", "html", "pdf", "truncated", "short"],
)
def test_clone_form_names_the_type_of_a_wrong_file(ed: Client, content: bytes, told: str) -> None:
    answer = send(ed, file=wav(content, "voice.mp3"))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Sample.objects.exists()


def test_clone_form_takes_an_11_mb_wav(ed: Client) -> None:
    answer = send(ed, file=wav(sounds.speech_wav(seconds=126, rate=44_100)))
    assert answer.status_code == 303
    assert Sample.objects.get().sent_container == "mp3"


def test_clone_form_that_expired_keeps_everything(ed: Client) -> None:
    answer = send(ed, file=wav(), form_token="forged")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "send it again" in page
    assert "marlene.wav" in page


def test_clone_form_refuses_a_key_of_somebody_else(ed: Client, cast: Cast) -> None:
    answer = send(ed, file=wav(), key=str(make_key(cast.ada).pk))
    assert answer.status_code == 422
    assert "You don&#x27;t have this key" in answer.content.decode()


def test_clone_form_refuses_a_sample_of_another_team(ed: Client, cast: Cast) -> None:
    foreign = make_job(cast.sam).sample
    assert send(ed, sample=sign_recording(cast.sam, foreign)).status_code == 422
    assert send(ed, sample=sign_recording(cast.ed, foreign)).status_code == 422


def test_clone_form_refuses_a_taken_name_before_sending(cast: Cast) -> None:
    key = make_key(cast.ed, account=make_account(name="Northwind"))
    make_voice(cast.ada, account=key.account, name="Marlene")
    answer = send(cast.login(cast.ed), file=wav())
    assert answer.status_code == 422
    assert "You already have a voice called “Marlene” in the account Northwind" in answer.content.decode()


def test_clone_form_refuses_the_name_of_a_live_job(ed: Client) -> None:
    send(ed, file=wav())
    assert "already in progress" in send(ed, file=wav()).content.decode()


def test_clone_form_is_refused_to_a_viewer(cast: Cast) -> None:
    make_key(cast.vera)
    assert send(cast.login(cast.vera), file=wav()).status_code == 403


def test_clone_page_without_a_key_says_where_to_get_one(cast: Cast) -> None:
    page = cast.login(cast.ed).get(URL).content.decode()
    assert "/keys/" in page


def test_a_failed_clone_fills_the_form_again(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.FAILED, name="Taken", problem="name_taken", message="Taken.")
    page = cast.login(cast.ed).get(f"{URL}?again={job.pk}").content.decode()
    assert "Taken" in page
    assert "speech.wav" in page


@pytest.mark.parametrize("who", ["vera", "sam"])
def test_job_page_of_another_person_is_404(cast: Cast, who: str) -> None:
    job = make_job(cast.ed)
    browser = cast.login(_member(cast, who))
    assert browser.get(f"/clones/{job.pk}/").status_code == 404
    # A viewer may cancel nothing, whether it exists or not; anybody else learns nothing either.
    assert browser.post(f"/clones/{job.pk}/cancel/").status_code == (403 if who == "vera" else 404)
    assert browser.get(f"/clones/{uuid4()}/").status_code == 404


def test_job_page_is_visible_to_an_admin(cast: Cast) -> None:
    assert cast.login(cast.ada).get(f"/clones/{make_job(cast.ed).pk}/").status_code == 200


def test_job_page_polls_only_while_the_job_is_live(cast: Cast) -> None:
    job, browser = make_job(cast.ed), cast.login(cast.ed)
    assert "hx-trigger" in browser.get(f"/clones/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    job.move(State.CANCELLED)
    told = browser.get(f"/clones/{job.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "every" not in told
    assert "Cancelled before anything was sent" in told


def test_job_page_cancels_live_and_retries_failed_jobs(cast: Cast) -> None:
    job, browser = make_job(cast.ed), cast.login(cast.ed)
    browser.post(f"/clones/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    failed = make_job(cast.ed, state=State.FAILED, problem="not_sent", name="Sora")
    browser.post(f"/clones/{failed.pk}/retry/")
    failed.refresh_from_db()
    assert failed.state == State.READY


def _member(cast: Cast, name: str) -> Membership:
    return {"vera": cast.vera, "sam": cast.sam}[name]


def test_job_page_of_a_failure_says_what_to_do(cast: Cast) -> None:
    refused = make_job(cast.ed, state=State.FAILED, problem="key_refused", message="Althea refused this key.")
    page = cast.login(cast.ed).get(f"/clones/{refused.pk}/").content.decode()
    assert "Test or replace the key on the Keys page, then try again." in page
    assert "Go to your keys" in page


def test_job_page_of_an_unknown_outcome_shows_the_next_look_up(cast: Cast) -> None:
    soon = timezone.now() + timedelta(seconds=100)
    job = make_job(cast.ed, state=State.UNKNOWN, message="Althea failed to answer (status 500).", due_at=soon)
    page = cast.login(cast.ed).get(f"/clones/{job.pk}/").content.decode()
    assert "Althea failed to answer (status 500). It may have been created anyway" in page
    assert "Next check in 1 min 40 s" in page


def test_job_page_of_an_unknown_outcome_looks_it_up_at_once(cast: Cast) -> None:
    later = timezone.now() + timedelta(minutes=4)
    job = make_job(cast.ed, state=State.UNKNOWN, message="Althea did not answer.", due_at=later)
    browser = cast.login(cast.ed)
    assert "Look now" in browser.get(f"/clones/{job.pk}/").content.decode()
    for _ in range(2):
        assert browser.post(f"/clones/{job.pk}/look/")["Location"] == f"/clones/{job.pk}/"
    job.refresh_from_db()
    assert (job.state, job.due_at <= timezone.now()) == (State.UNKNOWN, True)
    page = browser.get(f"/clones/{job.pk}/").content.decode()
    assert "Checking now." in page
    assert AuditEntry.objects.filter(verb="clone.looked_up").count() == 1


def test_job_page_offers_no_look_up_of_other_jobs(cast: Cast) -> None:
    job, browser = (
        make_job(cast.ed, state=State.FAILED, problem="unknown", message="No."),
        cast.login(cast.ed),
    )
    due = job.due_at
    assert "Look now" not in browser.get(f"/clones/{job.pk}/").content.decode()
    browser.post(f"/clones/{job.pk}/look/")
    job.refresh_from_db()
    assert (job.state, job.due_at) == (State.FAILED, due)


def test_job_page_names_the_preview_that_failed(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.CREATED)
    voice = make_voice(cast.ed, account=job.account, job=job)
    why = "Althea can't find a preview of this voice."
    PreviewFile.objects.create(voice=voice, state=PreviewState.FAILED, problem=why, due_at=timezone.now())
    page = unescape(cast.login(cast.ed).get(f"/clones/{job.pk}/").content.decode())
    assert f"The voice is in your library; its preview couldn't be fetched: {why}" in page
    assert f"Couldn't fetch the preview. {why}" in page


@pytest.mark.parametrize(
    ("problem", "step"),
    [
        ("forbidden", "Allow it for this key at Althea or use another key, then try again."),
        ("blocked", "Ask whoever runs Voice Studio to allow connections to Althea, then try again."),
        ("no_allowance", "Check the account&#x27;s plan at Althea, then try again."),
    ],
)
def test_job_page_gives_each_refusal_its_next_step(cast: Cast, problem: str, step: str) -> None:
    job = make_job(cast.ed, state=State.FAILED, problem=problem, message="No.")
    page = cast.login(cast.ed).get(f"/clones/{job.pk}/").content.decode()
    assert step in page
    assert "Go to your keys" not in page


def test_clone_form_selects_a_key_with_room_first(cast: Cast) -> None:
    full = make_key(cast.ed, account=make_account(name="Full", allowed_voices=1))
    roomy = make_key(cast.ed, account=make_account(name="Roomy"))
    browser = cast.login(cast.ed)
    assert f'value="{full.pk}" selected' in browser.get(URL).content.decode()
    make_voice(cast.ed, account=full.account)
    assert f'value="{roomy.pk}" selected' in browser.get(URL).content.decode()


def test_clone_form_after_a_failure_shows_field_errors(cast: Cast) -> None:
    errors = [["name", "A voice with this name already exists."], ["", "Something else."]]
    job = make_job(cast.ed, state=State.FAILED, name="Taken", problem="name_taken", field_errors=errors)
    page = cast.login(cast.ed).get(f"/clone/?again={job.pk}").content.decode()
    assert 'id="name-error"' in page
    assert "A voice with this name already exists." in page


def test_dismissed_failed_clone_reappears_when_retried(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    job = make_job(
        cast.ed, name="Went wrong", state=State.FAILED, problem="not_sent", ended_at=timezone.now()
    )
    assert "Went wrong" in browser.get("/").content.decode()
    assert browser.post(f"/clones/{job.pk}/dismiss/").status_code == 303
    assert "Went wrong" not in browser.get("/").content.decode()
    browser.post(f"/clones/{job.pk}/retry/")
    assert "Went wrong" in browser.get("/").content.decode()


def test_open_library_announces_a_voice_made_meanwhile(cast: Cast) -> None:
    browser, opened = cast.login(cast.ed), timezone.now() - timedelta(seconds=5)
    job = make_job(cast.ed, state=State.CREATED, ended_at=timezone.now())
    make_voice(cast.ed, account=job.account, job=job)
    told = browser.get(
        "/clones/", {"since": opened.isoformat()}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "The voice is in the library" in " ".join(told.split())
    assert "every 3s" not in told
    for since in ("", "nonsense", "2026-01-01T00:00:00", "9" * 5_000, "0001-01-01T00:00:00+14:00"):
        assert browser.get("/clones/", {"since": since}, headers={"HX-Request": "true"}).status_code == 200
