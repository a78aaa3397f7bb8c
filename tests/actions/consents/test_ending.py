"""A consent that ends takes its voices out of sight, says so in their history, and can be proved afterwards."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast
from tests.builders import make_consent, make_key, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.library.populated import asked
from tests.sandbox_voices import Living
from voices import audit
from voices.actions.consents.ending import ReasonError, end_expired_consents, read_reason, withdraw_consent
from voices.actions.voice.delete import delete_voice
from voices.library.activity import EntryDetail
from voices.library.facets import facets
from voices.library.filters import Filters
from voices.library.pages import library_page
from voices.library.trail.wording import facts_of
from voices.models import AuditEntry, Consent, Membership, Voice, VoiceDeletion

TODAY, DAY = NOON.date(), timedelta(days=1)


def covered(member: Membership, consent: Consent, name: str = "Ana") -> Voice:
    state = consent.state(NOON - 60 * DAY)
    return make_voice(member, name=name, sample=consent.sample, consent=consent, consent_state=state)


def listed(member: Membership, query: str = "") -> list[str]:
    return sorted(voice.name for voice in library_page(member, filters=asked(query)).voices)


def test_withdrawal_quarantines_every_voice_of_the_consent(cast: Cast) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed))
    first, second = covered(cast.ed, consent, "Ana"), covered(cast.ed, consent, "Ana, loud")
    other = covered(cast.ed, make_consent(cast.ed), "Bea")
    assert withdraw_consent(member=cast.ed, consent=consent, reason="She asked.", now=NOON)
    assert (listed(cast.ada), listed(cast.ada, "consent=ended")) == (["Bea"], ["Ana", "Ana, loud"])
    assert Voice.objects.get(pk=other.pk).consent_state == "recorded"
    entries = AuditEntry.objects.filter(verb="consent.withdrawn")
    assert {one.thing_id for one in entries} == {str(first.pk), str(second.pk)}
    assert all(one.facts["reason"] == "She asked." for one in entries)
    assert EntryDetail("Quarantine", "Entered") in list(facts_of(entries[0]))
    assert audit.sentence(entries[0]).startswith("Ed withdrew the consent for Ana")


def test_withdrawal_without_voices_is_told_of_the_recording(cast: Cast) -> None:
    sample = make_sample(cast.ed)
    withdraw_consent(member=cast.ed, consent=make_consent(cast.ed, sample), reason="No.", now=NOON)
    assert AuditEntry.objects.get().thing_id == str(sample.pk)
    assert "quarantine" not in AuditEntry.objects.get().facts


def test_second_withdrawal_changes_nothing(cast: Cast) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed))
    assert withdraw_consent(member=cast.ed, consent=consent, reason="First.", now=NOON)
    assert not withdraw_consent(member=cast.ada, consent=consent, reason="Second.", now=NOON)
    assert (Consent.objects.get().withdrawal_reason, AuditEntry.objects.count()) == ("First.", 1)


def test_only_who_stated_it_and_admins_may_withdraw(cast: Cast) -> None:
    by_ada = make_consent(cast.ada, make_sample(cast.ada))
    for member in (cast.ed, cast.vera):
        with pytest.raises(PermissionDenied):
            withdraw_consent(member=member, consent=by_ada, reason="No.", now=NOON)
    assert Consent.objects.get().withdrawn_at is None
    by_ed = make_consent(cast.ed, make_sample(cast.ed))
    assert withdraw_consent(member=cast.ada, consent=by_ed, reason="Yes.", now=NOON)


@pytest.mark.parametrize("typed", ["", " \u200b ", "x" * 301])
def test_withdrawal_takes_a_reason(typed: str) -> None:
    with pytest.raises(ReasonError):
        read_reason(typed)


def test_upkeep_quarantines_what_expired_and_marks_what_will(cast: Cast) -> None:
    days = {"over": -1, "today": 0, "soon": 29, "later": 30}
    for name, number in days.items():
        consent = make_consent(cast.ed, make_sample(cast.ed), expires_on=TODAY + number * DAY)
        covered(cast.ed, consent, name)
    covered(cast.ed, make_consent(cast.ed, make_sample(cast.ed)), "ever")
    make_voice(cast.ed, name="none")
    before = cast.northwind.library_revision
    assert end_expired_consents(now=NOON) == 1
    assert end_expired_consents(now=NOON) == 0
    assert dict(Voice.objects.values_list("name", "consent_state")) == {
        "over": "ended", "today": "expiring", "soon": "expiring", "later": "recorded", "ever": "recorded",
        "none": "missing",
    }  # fmt: skip
    entry = AuditEntry.objects.get()
    assert audit.sentence(entry) == "Voice Studio quarantined over because its consent expired"
    cast.northwind.refresh_from_db()
    assert cast.northwind.library_revision > before
    assert listed(cast.vera) == ["ever", "later", "none", "soon", "today"]
    counts = {value.value: value.count for group in facets(cast.ada, Filters()).groups
              if group.name == "consent" for value in group.values}  # fmt: skip
    assert counts == {"missing": 1, "recorded": 2, "expiring": 2, "ended": 1}


def test_upkeep_ends_a_consent_that_was_withdrawn_only_once(cast: Cast) -> None:
    consent = make_consent(cast.ed, make_sample(cast.ed), expires_on=TODAY - DAY)
    covered(cast.ed, consent)
    withdraw_consent(member=cast.ed, consent=consent, reason="She asked.", now=NOON)
    assert end_expired_consents(now=NOON) == 0


def test_deletion_at_althea_leaves_its_proof_for_good(cast: Cast, living: Living) -> None:
    key = living.key(cast.ed)
    consent = make_consent(cast.ed, make_sample(cast.ed))
    voice = living.voice(cast.ed, consent=consent)
    delete_voice(member=cast.ed, voice=voice, key=key, now=lambda: NOON)
    proof = VoiceDeletion.objects.get()
    assert (proof.voice, proof.consent, proof.voice_id_at_althea) == (voice, consent, voice.voice_id)
    assert (proof.status, proof.deleted_at, proof.deleted_by_name) == (204, NOON, "Ed")
    # A sync that finds it again brings the row back; what was answered stays written down.
    Voice.objects.update(deleted_at=None)
    living.sandbox.reset()
    assert VoiceDeletion.objects.get() == proof


def test_deletion_of_what_was_gone_says_so_in_its_proof(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    living.delete(voice)
    delete_voice(member=cast.ed, voice=voice, key=living.key(cast.ed), now=lambda: NOON)
    assert VoiceDeletion.objects.get().status == 404
    assert make_key(cast.ada)
