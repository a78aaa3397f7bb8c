"""No clone without a consent that is complete and holds, whichever door it comes through."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_consent, make_job, make_key, make_sample, make_voice
from tests.kit.fakes import NOON
from voices import althea
from voices.actions import NotPossibleError
from voices.actions.clone.samples import sweep_unused_samples
from voices.actions.clone.steps import begin_send, finish_created, start
from voices.actions.clone.submit import retry_clone, submit_clone
from voices.actions.consents.ending import withdraw_consent
from voices.actions.consents.statements import write_statement
from voices.actions.consents.stating import ConsentError, add_consent, draft_consent
from voices.actions.work import RetryPolicy, WorkerContext
from voices.library.activity import EntryDetail
from voices.library.trail.wording import facts_of
from voices.models import AuditEntry, CloneJob, Consent, Membership, Sample, State, Voice

TODAY = NOON.date()
AGREED = {"basis": "agreed", "speaker": "Ana Ruiz", "relation": "actor", "proof": "Contract 17"}


def draft(member: Membership, **facts: Any) -> Consent:
    return draft_consent(team=member.team, **{**AGREED, **facts})


def clone(member: Membership, consent: Consent, sample: Sample | None = None) -> CloneJob:
    return submit_clone(
        member=member, key=make_key(member), sample=sample or make_sample(member), name=f"V {uuid4().hex[:8]}",
        description="", language="en", consent=consent, form_token=uuid4(), now=NOON,
    )  # fmt: skip


def context() -> WorkerContext:
    return WorkerContext(worker_id="w", policy=RetryPolicy(), now=lambda: NOON)


INCOMPLETE: list[tuple[dict[str, Any], str]] = [
    ({"basis": ""}, "consent"),
    ({"basis": "borrowed"}, "consent"),
    ({"speaker": " "}, "speaker"),
    ({"relation": ""}, "relation"),
    ({"relation": "stranger"}, "relation"),
    ({"language": "tlh"}, "statement"),
    ({"basis": "own", "language": "tlh"}, "statement"),
    ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
]


@pytest.mark.parametrize(("facts", "field"), INCOMPLETE)
def test_clone_without_a_complete_consent_is_refused(cast: Cast, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentError) as caught:
        clone(cast.ed, draft(cast.ed, **facts))
    assert caught.value.field == field
    assert not (CloneJob.objects.exists() or Consent.objects.exists())


@pytest.mark.parametrize("facts", [{}, {"basis": "own"}, {"basis": "made"}, {"expires_on": TODAY}])
def test_clone_stores_the_consent_with_hashes_and_statement(cast: Cast, facts: dict[str, Any]) -> None:
    sample = make_sample(cast.ed, sha256="a" * 64, sent_sha256="b" * 64)
    job = clone(cast.ed, draft(cast.ed, **facts), sample)
    consent = Consent.objects.get()
    assert (job.consent, consent.sample, consent.team) == (consent, sample, cast.northwind)
    assert (consent.received_sha256, consent.sent_sha256) == ("a" * 64, "b" * 64)
    assert (consent.stated_by, consent.stated_by_name, consent.stated_at) == (cast.ed.user, "Ed", NOON)
    made = facts.get("basis") == "made"
    assert str(consent.statement) == ("None" if made else "en, version 1")
    assert consent.relation == ("" if "basis" in facts else "actor")
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", "thing"))
    assert verbs == [("consent.stated", "sample"), ("clone.submitted", "clonejob")]


def test_clone_by_a_statement_changed_meanwhile_is_refused(cast: Cast) -> None:
    consent = draft(cast.ed)
    write_statement(member=cast.ada, language="en", text="I agree to this. " * 4, seen=1, now=NOON)
    with pytest.raises(ConsentError, match="was changed while this form was open"):
        clone(cast.ed, consent)


def test_second_clone_in_the_same_words_shares_the_consent(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    first, second = (clone(cast.ed, draft(cast.ed), sample) for _ in range(2))
    other = clone(cast.ed, draft(cast.ed, proof="Contract 18"), sample)
    assert first.consent == second.consent != other.consent
    assert clone(cast.ada, draft(cast.ada), sample).consent != first.consent


def test_stored_consent_covers_another_clone_of_its_recording(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    consent = make_consent(cast.ed, sample)
    assert clone(cast.ada, consent, sample).consent == consent
    with pytest.raises(ConsentError, match="for another recording"):
        clone(cast.ed, consent)
    stale = Consent.objects.get(pk=consent.pk)
    withdraw_consent(member=cast.ada, consent=consent, reason="She asked.", now=NOON)
    with pytest.raises(ConsentError, match="withdrawn"):
        clone(cast.ed, stale, sample)


def test_consent_of_another_team_covers_nothing(cast: Cast) -> None:
    foreign = make_consent(cast.sam, make_sample(cast.sam))
    with pytest.raises(ConsentError, match="for another recording"):
        clone(cast.ed, foreign)
    with pytest.raises(ConsentError, match="was changed"):
        clone(cast.ed, draft_consent(team=cast.southwind, basis="own"))
    with pytest.raises(ConsentError, match="doesn't belong to your team"):
        clone(cast.ed, draft(cast.ed, spoken=make_sample(cast.sam)))


def test_clone_whose_consent_ended_meanwhile_is_not_sent(cast: Cast) -> None:
    job = make_job(cast.ed, lease_holder="w", lease_until=NOON)
    withdraw_consent(member=cast.ed, consent=Consent.objects.get(), reason="She asked.", now=NOON)
    assert start(job, context())
    assert not begin_send(job, context())
    job.refresh_from_db()
    assert (job.state, job.problem, job.sent_at) == (State.FAILED, "consent_ended", None)
    with pytest.raises(NotPossibleError, match="cannot be tried again"):
        retry_clone(member=cast.ed, job=job, now=NOON)


def test_retry_without_a_consent_that_holds_is_refused(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.FAILED, problem="not_sent", consent=None)
    with pytest.raises(NotPossibleError, match="No valid consent covers"):
        retry_clone(member=cast.ed, job=job, now=NOON)


def test_voice_made_after_the_withdrawal_is_quarantined_at_once(cast: Cast) -> None:
    job = make_job(cast.ed, state=State.SENDING, lease_holder="w", lease_until=NOON)
    withdraw_consent(member=cast.ed, consent=Consent.objects.get(), reason="She asked.", now=NOON)
    upstream = althea.Voice.from_json({"voiceId": "v-1", "name": "Marlene"})
    voice = finish_created(job, upstream, context(), adopted=False)
    assert voice is not None
    assert voice.consent_state == "ended"
    assert AuditEntry.objects.get(verb="voice.cloned").facts["quarantine"] == "entered"


def test_recording_with_a_consent_is_not_swept(cast: Cast) -> None:
    old = timezone.now() - timedelta(hours=2)
    kept, spoken, unused = (make_sample(cast.ed, used_at=old) for _ in range(3))
    make_consent(cast.ed, kept, spoken=spoken)
    assert sweep_unused_samples(now=timezone.now()) == 1
    assert set(Sample.objects.all()) == {kept, spoken}
    assert unused.pk not in Sample.objects.values_list("pk", flat=True)


def test_add_consent_covers_a_voice_of_any_origin(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    consent = add_consent(member=cast.ed, voice=voice, consent=draft(cast.ed), now=NOON)
    voice.refresh_from_db()
    assert (voice.consent, voice.consent_state, consent.sample) == (consent, "recorded", None)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.thing_id, entry.facts["consent_id"]) == (
        "consent.added", str(voice.pk), str(consent.uid),
    )  # fmt: skip
    assert "quarantine" not in entry.facts


def test_add_consent_ends_the_quarantine(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    old = make_consent(cast.ed, sample)
    voice = make_voice(cast.ed, sample=sample, consent=old, consent_state="recorded")
    withdraw_consent(member=cast.ed, consent=old, reason="She asked.", now=NOON)
    soon = draft(cast.ed, expires_on=TODAY + timedelta(days=3))
    add_consent(member=cast.ed, voice=voice, consent=soon, now=NOON)
    voice = Voice.objects.get()
    assert (voice.consent_state, voice.is_quarantined(NOON)) == ("expiring", False)
    entry = AuditEntry.objects.get(verb="consent.added")
    assert EntryDetail("Quarantine", "Left") in list(facts_of(entry))
    assert Consent.objects.count() == 2


def test_add_consent_is_refused_where_it_makes_no_sense(cast: Cast) -> None:
    for facts in ({"deleted_at": NOON}, {"ownership": "public"}):
        with pytest.raises(NotPossibleError):
            add_consent(member=cast.ed, voice=make_voice(cast.ed, **facts), consent=draft(cast.ed), now=NOON)
    with pytest.raises(PermissionDenied):
        add_consent(member=cast.vera, voice=make_voice(cast.ed), consent=draft(cast.ed), now=NOON)
    assert not Consent.objects.exists()
