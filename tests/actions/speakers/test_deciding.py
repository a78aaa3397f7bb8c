"""Deciding on a speaker's recording: accepting records the consent that was given, declining lets it go."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast
from tests.builders import make_request, make_sample
from tests.kit.fakes import NOON
from voices.actions import NotPossibleError
from voices.actions.consents.statements import write_statement
from voices.actions.speakers.deciding import accept_recording, decline_recording
from voices.models import AuditEntry, Consent, Membership, SpeakerRequest


def received(member: Membership, **facts: object) -> SpeakerRequest:
    given = {
        "state": "received",
        "sample": make_sample(member),
        "received_at": NOON,
        "signed_name": "Ana Ruiz M.",
    }
    return make_request(member, **given | facts)


def test_accepting_records_what_the_speaker_agreed_to(cast: Cast) -> None:
    asked = received(cast.ed)
    text = "I agree to whatever Northwind makes of my voice, for ever."
    write_statement(member=cast.ada, language="en", text=text, seen=1, now=NOON)
    accept_recording(member=cast.ed, request=asked, now=NOON)
    asked.refresh_from_db()
    consent = Consent.objects.get()
    assert (asked.state, asked.consent, asked.decided_by) == ("accepted", consent, cast.ed.user)
    assert (consent.basis, consent.speaker, consent.relation) == ("agreed", "Ana Ruiz M.", "actor")
    assert (consent.statement, consent.statement.version) == (asked.statement, 1)  # not what it says by now
    assert (consent.sample, consent.spoken, consent.stated_by) == (asked.sample, asked.sample, cast.ed.user)
    assert consent.received_sha256 == asked.sample.sha256
    assert asked.reference in consent.proof
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs >= {"speaker.accepted", "consent.stated"}


def test_consent_has_no_spoken_statement_unless_asked_for(cast: Cast) -> None:
    accept_recording(member=cast.ed, request=received(cast.ed, is_spoken=False), now=NOON)
    assert Consent.objects.get().spoken is None


def test_declining_lets_the_recording_go(cast: Cast) -> None:
    asked = received(cast.ed)
    decline_recording(member=cast.ed, request=asked, now=NOON)
    asked.refresh_from_db()
    assert (asked.state, asked.sample.used_at, Consent.objects.count()) == ("declined", NOON, 0)
    assert AuditEntry.objects.get().verb == "speaker.declined"


@pytest.mark.parametrize("decide", [accept_recording, decline_recording])
def test_decision_is_made_once(cast: Cast, decide: Callable[..., object]) -> None:
    asked = received(cast.ed)
    other_tab = SpeakerRequest.objects.get()
    decline_recording(member=cast.ed, request=asked, now=NOON)
    with pytest.raises(NotPossibleError, match="has been closed"):
        decide(member=cast.ed, request=other_tab, now=NOON)
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("decide", [accept_recording, decline_recording])
def test_others_may_not_decide(cast: Cast, decide: Callable[..., object]) -> None:
    asked = received(cast.ada)
    for member in (cast.ed, cast.vera):
        with pytest.raises(PermissionDenied):
            decide(member=member, request=asked, now=NOON)
    decide(member=cast.ada, request=asked, now=NOON)


@pytest.mark.parametrize("decide", [accept_recording, decline_recording])
def test_nothing_is_decided_before_something_came(cast: Cast, decide: Callable[..., object]) -> None:
    with pytest.raises(NotPossibleError):
        decide(member=cast.ed, request=make_request(cast.ed), now=NOON)
