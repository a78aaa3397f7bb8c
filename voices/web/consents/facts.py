"""A consent as people read it: its state, and what was stated."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from voices.access import Verb, may, may_withdraw
from voices.kit import languages
from voices.library.labels import CONSENT
from voices.models import Consent, ConsentState, Membership, Voice
from voices.web.voice.details import Fact, recording_facts


@dataclass(frozen=True)
class StateText:
    """A label for the state of a consent, with its tone: good, warn or bad."""

    text: str
    tone: str
    at: datetime | None = None


def state_text(consent: Consent | None, now: datetime) -> StateText:
    """Return the state of a voice's consent, for its page."""
    if consent is None:
        return StateText("Not recorded", "warn")
    if consent.withdrawn_at is not None:
        return StateText("Withdrawn", "bad", consent.withdrawn_at)
    if consent.has_ended(now):
        return StateText(f"Expired at the end of {_day(consent)}", "bad")
    tone = "warn" if consent.state(now) == ConsentState.EXPIRING else "good"
    return StateText(f"Valid until {_day(consent)}" if consent.expires_on else "Recorded", tone)


def _day(consent: Consent) -> str:
    day = consent.expires_on
    return f"{day.day} {day:%b %Y}" if day else ""


def consent_facts(consent: Consent) -> list[Fact]:
    """Return what was stated, and its withdrawal."""
    who = consent.stated_by_name or "someone who left"
    basis = CONSENT.get(consent.basis, consent.basis)
    withdrawn = [
        Fact("Withdrawn by", consent.withdrawn_by_name, at=consent.withdrawn_at),
        Fact("Reason", consent.withdrawal_reason),
    ]
    rows = [
        Fact("Whose voice", basis),
        Fact("Speaker", consent.speaker),
        Fact("Relation", str(consent.get_relation_display()) if consent.relation else ""),
        Fact("Proof", consent.proof),
        Fact("Statement", _statement(consent)),
        Fact("Spoken statement", recording_facts(consent.spoken, None) if consent.spoken else ""),
        Fact("Recorded by", who, at=consent.stated_at),
        *(withdrawn if consent.withdrawn_at else []),
    ]
    return [row for row in rows if row.is_given]


def _statement(consent: Consent) -> str:
    if consent.statement is None:
        return ""
    found = languages.find(consent.statement.language)
    name = found.name if found else consent.statement.language
    return f"{name}, version {consent.statement.version}"


def consent_panel(member: Membership, voice: Voice) -> dict[str, Any]:
    """Return the context of `consents/_panel.html` on the page of a voice."""
    now, consent = timezone.now(), voice.consent
    may_state = may(member, Verb.STATE_CONSENT) and voice.deleted_at is None and not voice.is_public
    return {
        "consent": consent,
        "is_quarantined": voice.is_quarantined(now),
        "consent_state": state_text(consent, now),
        "consent_rows": consent_facts(consent) if consent else [],
        "may_state": may_state and (consent is None or consent.has_ended(now)),
        "may_withdraw": _may_withdraw(member, consent),
        "may_delete_upstream": may(member, Verb.DELETE_VOICE) and voice.gone_at is None,
    }


def _may_withdraw(member: Membership, consent: Consent | None) -> bool:
    return consent is not None and consent.withdrawn_at is None and may_withdraw(member, consent)


def consent_context(member: Membership, consent: Consent) -> dict[str, Any]:
    """Return the same for the page of the consent itself."""
    return {
        "consent": consent,
        "consent_state": state_text(consent, timezone.now()),
        "consent_rows": consent_facts(consent),
        "may_withdraw": _may_withdraw(member, consent),
    }
