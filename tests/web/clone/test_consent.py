"""Whose voice a recording holds: asked before anything is sent, kept with job and voice, told wherever one looks."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_job, make_key, make_sample, make_voice
from tests.web.clone.test_page import send, wav
from voices.actions.clone.submit import submit_clone
from voices.actions.consents.stating import draft_consent
from voices.library.export import as_json, rows
from voices.models import AuditEntry, Basis, CloneJob, Consent, Sample, Voice

AGREED = {"consent": "agreed", "speaker": "Ana\x07 Ruiz", "relation": "actor", "proof": "Contract 17"}


@pytest.fixture
def ed(cast: Cast) -> Client:
    """Ed, who has a key."""
    make_key(cast.ed)
    return cast.login(cast.ed)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"consent": ""}, "Choose whose voice it is. Nothing can be sent without it."),
        ({"consent": "mine, honestly"}, "Select a valid choice"),
        ({"consent": "agreed"}, "Enter the name of the person who consented."),
        ({"consent": "agreed", "speaker": " \u200b "}, "Enter the name of the person who consented."),
        (AGREED | {"speaker": "x" * 121}, "This has 121 characters. The limit is 120."),
        (AGREED | {"proof": "x" * 201}, "This has 201 characters. The limit is 200."),
    ],
)
def test_clone_without_consent_is_refused_keeping_the_recording(
    ed: Client, stated: dict[str, str], sentence: str
) -> None:
    answer = send(ed, file=wav(), **stated)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not CloneJob.objects.exists()
    assert not Consent.objects.exists()
    assert Sample.objects.count() == 1


def test_consent_is_stored_with_who_and_when(cast: Cast, ed: Client) -> None:
    assert send(ed, file=wav(), **AGREED).status_code == 303
    job = CloneJob.objects.get()
    consent = Consent.objects.get()
    assert (job.consent, consent.sample, consent.stated_by) == (consent, job.sample, cast.ed.user)
    assert str(consent) == "Ana Ruiz consented, proof: Contract 17"
    assert (
        "Ana Ruiz consented, proof: Contract 17 (recorded by Ed)"
        in ed.get(f"/clones/{job.pk}/").content.decode()
    )


def test_consent_names_of_a_discarded_choice_are_not_stored(ed: Client) -> None:
    send(ed, file=wav(), **AGREED | {"consent": "own"})
    consent = Consent.objects.get()
    assert (consent.basis, consent.speaker, consent.proof) == (Basis.OWN, "", "")


def test_changed_clone_form_has_the_consent_filled_in(cast: Cast, ed: Client) -> None:
    sample = make_sample(cast.ed)
    consent = make_consent(cast.ed, sample)
    job = make_job(cast.ed, state="failed", problem="invalid", sample=sample, consent=consent)
    page = " ".join(ed.get(f"/clone/?again={job.pk}").content.decode().split())
    assert 'value="agreed" checked' in page
    assert 'value="Ana Ruiz"' in page
    assert 'value="Contract 17"' in page


def cloned(cast: Cast, consent: Consent | None, **facts: Any) -> Voice:
    """A voice that came of a job with this statement."""
    job = make_job(cast.ed, state="created", consent=consent)
    return make_voice(cast.ed, job=job, sample=job.sample, consent=consent, **facts)


def test_voice_page_shows_consent_and_who_gave_it(cast: Cast, ed: Client) -> None:
    sample = make_sample(cast.ed)
    for basis, told in ((Basis.OWN, "Mine"), (Basis.MADE, "Synthetic (no real person)")):
        voice = cloned(cast, make_consent(cast.ed, sample, basis=basis))
        page = " ".join(ed.get(f"/voices/{voice.pk}/").content.decode().split())
        assert f'<dt dir="auto">Whose voice</dt> <dd dir="auto"> {told} ' in page
        assert '<dt dir="auto">Recorded by</dt> <dd dir="auto"> Ed <time' in page


def test_voice_page_notes_missing_consent_but_of_public_voices(cast: Cast, ed: Client) -> None:
    for voice in (cloned(cast, None), make_voice(cast.ed)):
        assert "Not recorded" in ed.get(f"/voices/{voice.pk}/").content.decode()
    public = make_voice(cast.ed, ownership="public")
    assert "Not recorded" not in ed.get(f"/voices/{public.pk}/").content.decode()


def test_export_contains_the_consent(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    cloned(cast, make_consent(cast.ed, sample, proof=""), name="Ana")
    cloned(cast, None, name="Before")
    told = json.loads("".join(as_json(rows(Voice.objects.of_team(cast.northwind)))))
    assert {one["name"]: one["consent"] for one in told} == {"Ana": "Ana Ruiz consented", "Before": ""}


def test_history_keeps_the_consent_text(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    job = submit_clone(
        member=cast.ed, key=make_key(cast.ed), sample=sample, name="Ana", description="", language="en",
        consent=draft_consent(team=cast.northwind, basis="agreed", speaker="Ana Ruiz", relation="actor"),
        form_token=make_job(cast.ed).pk, now=timezone.now(),
    )  # fmt: skip
    line = AuditEntry.objects.get(verb="clone.submitted", thing_id=str(job.pk))
    assert line.facts["consent"] == "Ana Ruiz consented"
