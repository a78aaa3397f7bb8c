"""Cloning a deleted voice again: the kept recording, the same care as any clone, and the way from old to new."""

import re
from html import unescape
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.base import Cast, make_cast
from tests.builders import make_job, make_key, make_sample, make_voice
from tests.models.at_once import at_once
from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import open_account
from tests.worker.running import work_until_idle
from voices.actions.clone.reclone import reclone
from voices.actions.consents.stating import draft_consent
from voices.library.history import latest_reclone
from voices.models import Alias, AuditEntry, CloneJob, KeyState, Membership, State, Voice


def text(answer: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def told(answer: HttpResponse) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def url(voice: Voice) -> str:
    return f"/voices/{voice.pk}/clone-again/"


def form_of(answer: HttpResponse) -> dict[str, str]:
    page = answer.content.decode()
    token = re.search(r'name="form_token" value="([^"]*)"', page)
    assert token
    typed = {"name": "Marlene", "description": "", "language": "en-US", "consent": "own"}
    typed |= {"statement": "en.1", "agreed": "on"}
    return {"form_token": token[1], **typed}


@pytest.fixture
def ada(cast: Cast) -> Client:
    return cast.login(cast.ada)


@pytest.fixture
def tombstone(cast: Cast) -> Voice:
    key = make_key(cast.ada, label="Adas own")
    return make_voice(
        cast.ed, account=key.account, sample=make_sample(cast.ed, filename="marlene.wav"), description="Calm",
        deleted_at=timezone.now(), deleted_by=cast.ed.user,
    )  # fmt: skip


def test_reclone_page_is_filled_in(ada: Client, tombstone: Voice) -> None:
    page = ada.get(url(tombstone))
    assert "Clone Marlene again?" in text(page)
    assert "marlene.wav" in text(page)
    assert 'value="Marlene"' in page.content.decode()
    assert "Adas own" in text(page)
    assert not CloneJob.objects.exists()


def test_reclone_makes_a_job_that_names_the_replaced_voice(ada: Client, tombstone: Voice, cast: Cast) -> None:
    answer = ada.post(url(tombstone), form_of(ada.get(url(tombstone))))
    job = CloneJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/clones/{job.pk}/")
    assert (job.sample, job.name, job.actor) == (tombstone.sample, "Marlene", cast.ada.user)
    lines = AuditEntry.objects.order_by("id").exclude(verb="consent.stated")
    lines = lines.values_list("verb", "thing_id", "facts")
    assert [line[:2] for line in lines] == [
        ("clone.submitted", str(job.pk)),
        ("voice.cloned_again", str(tombstone.pk)),
    ]
    assert lines[0][2]["replaces"] == str(tombstone.pk)
    assert (latest_reclone(tombstone), job.replaces) == (job, tombstone)
    assert "view clone job" in text(ada.get(url(tombstone)))


def test_reclone_form_sent_twice_makes_one_job(ada: Client, tombstone: Voice) -> None:
    form = form_of(ada.get(url(tombstone)))
    assert ada.post(url(tombstone), form)["Location"] == ada.post(url(tombstone), form)["Location"]
    assert AuditEntry.objects.filter(verb="voice.cloned_again").count() == 1


def test_reclone_form_after_a_step_back_makes_another_job(ada: Client, tombstone: Voice) -> None:
    form = form_of(ada.get(url(tombstone)))
    ada.post(url(tombstone), form)
    answer = ada.post(url(tombstone), form | {"name": "Sora"})
    assert answer["Location"] == f"/clones/{CloneJob.objects.get(name='Sora').pk}/"
    assert sorted(CloneJob.objects.values_list("name", flat=True)) == ["Marlene", "Sora"]


def test_reclone_points_out_a_name_that_looks_alike(ada: Client, tombstone: Voice) -> None:
    make_voice(Membership.objects.get(user=tombstone.added_by), account=tombstone.account, name="MARLENE")
    answer = ada.post(url(tombstone), form_of(ada.get(url(tombstone))))
    assert "“Marlene” and “MARLENE” differ only in case" in told(answer)


@pytest.mark.django_db(transaction=True)
def test_reclone_form_in_four_tabs_at_once_makes_one_job() -> None:
    ada = make_cast().ada
    key = make_key(ada)
    voice = make_voice(ada, account=key.account, sample=make_sample(ada), deleted_at=timezone.now())
    facts = {"key": key, "name": "Marlene", "description": "", "language": "en", "form_token": uuid4()}
    facts |= {"consent": draft_consent(team=ada.team, basis="own"), "now": timezone.now()}
    jobs = at_once(lambda _: reclone(member=ada, voice=voice, **facts))
    assert len({job.pk for job in jobs}) == 1
    assert AuditEntry.objects.filter(verb="voice.cloned_again").count() == 1


@pytest.mark.django_db(transaction=True)
def test_recloned_voice_and_its_original_link_to_each_other(
    sandbox: LiveSandbox,
) -> None:
    cast = make_cast()
    living = open_account(sandbox)
    living.key(cast.ada)
    old = living.voice(cast.ada, sample=make_sample(cast.ada), deleted_at=timezone.now())
    living.delete(old)
    Alias.objects.create(team=cast.northwind, name="brand-en", voice=old, moved_at=timezone.now())
    browser = cast.login(cast.ada)
    browser.post(url(old), form_of(browser.get(url(old))))
    async_to_sync(work_until_idle)()
    new = Voice.objects.get(deleted_at=None)
    assert (new.name, new.sample, new.voice_id != old.voice_id) == ("Marlene", old.sample, True)
    assert AuditEntry.objects.get(verb="voice.cloned").facts["replaces"] == str(old.pk)
    for path in (url(old), f"/voices/{old.pk}/"):
        page = browser.get(path).content.decode()
        assert f'href="/voices/{new.pk}/"' in page
        assert "brand-en" in page
    job = text(browser.get(f"/clones/{new.job_id}/"))
    assert "Replaces Marlene" in job
    assert "brand-en" in job


def test_tombstone_page_says_what_is_kept_and_offers_only_that(cast: Cast, tombstone: Voice) -> None:
    page = cast.login(cast.ed).get(f"/voices/{tombstone.pk}/")
    assert "Deleted just now by Ed" in text(page).replace(" .", ".")
    assert "We still have the recording it was made from." in text(page)
    assert b"clone-again" not in page.content  # for admins
    assert b"preview/retry" not in page.content
    assert b"/edit/" not in page.content
    assert b"clone-again" in cast.login(cast.ada).get(f"/voices/{tombstone.pk}/").content


def test_recloned_voice_says_it_replaces_a_deleted_one(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.CREATED)
    make_voice(cast.ed, account=job.account, job=job, deleted_at=timezone.now())
    assert "later deleted" in text(cast.login(cast.ed).get(f"/clones/{job.pk}/"))


def test_reclone_page_says_that_the_recording_is_missing(ada: Client, tombstone: Voice) -> None:
    Voice.objects.update(sample=None)
    page = text(ada.get(url(tombstone)))
    assert "recording is no longer stored" in page
    assert "Clone again" not in page
    answer = ada.post(url(tombstone), {"name": "Marlene"})
    assert (answer.status_code, CloneJob.objects.count()) == (422, 0)


def test_reclone_reports_a_recording_swept_meanwhile(ada: Client, tombstone: Voice) -> None:
    form = form_of(ada.get(url(tombstone)))
    Voice.objects.update(sample=None)
    answer = ada.post(url(tombstone), form)
    assert answer.status_code == 422
    assert "no longer stored" in text(answer)


def test_reclone_is_refused_for_an_existing_voice(ada: Client, tombstone: Voice) -> None:
    form = form_of(ada.get(url(tombstone)))
    Voice.objects.update(deleted_at=None)
    for answer in (ada.get(url(tombstone)), ada.post(url(tombstone), form)):
        assert answer["Location"] == f"/voices/{tombstone.pk}/"
    assert "no need to clone it again" in told(answer)
    assert not CloneJob.objects.exists()


def test_reclone_works_for_a_gone_voice(ada: Client, tombstone: Voice) -> None:
    Voice.objects.update(deleted_at=None, gone_at=timezone.now())
    assert ada.post(url(tombstone), form_of(ada.get(url(tombstone)))).status_code == 303


def test_reclone_shows_a_taken_name_beside_the_field(ada: Client, tombstone: Voice, cast: Cast) -> None:
    make_voice(cast.ed, account=tombstone.account)
    answer = ada.post(url(tombstone), form_of(ada.get(url(tombstone))))
    assert answer.status_code == 422
    assert "You already have a voice called “Marlene”" in text(answer)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("name", "sentence"), [("n" * 41, "41 characters"), ("\x00", "Give the voice a name")]
)
def test_reclone_shows_a_wrong_name_beside_the_field(
    ada: Client, tombstone: Voice, name: str, sentence: str
) -> None:
    answer = ada.post(url(tombstone), form_of(ada.get(url(tombstone))) | {"name": name})
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_reclone_refuses_a_forged_token(ada: Client, tombstone: Voice) -> None:
    answer = ada.post(url(tombstone), form_of(ada.get(url(tombstone))) | {"form_token": "forged"})
    assert "send it again" in text(answer)
    assert not CloneJob.objects.exists()


def test_reclone_page_without_a_working_key_links_to_the_keys(cast: Cast, tombstone: Voice) -> None:
    cast.ada.user.api_keys.update(state=KeyState.REFUSED)
    page = text(cast.login(cast.ada).get(url(tombstone)))
    assert "Go to your keys" in page
    assert "Clone again" not in page


@pytest.mark.parametrize(("who", "status"), [("ed", 403), ("vera", 403), ("sam", 404), ("nora", 403)])
def test_reclone_is_for_admins_only(cast: Cast, tombstone: Voice, who: str, status: int) -> None:
    browser = cast.login(getattr(cast, who))
    assert browser.get(url(tombstone)).status_code == status
    assert browser.post(url(tombstone), {"name": "Marlene"}).status_code == status
