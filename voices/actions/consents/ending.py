"""The end of a consent, by withdrawal or expiry: the voices that it covers are quarantined.

A quarantined voice is hidden and cannot be played here. Althea still has it, so agents may still use it; it is listed
with them until somebody deletes it there.
"""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Model

from voices import audit
from voices.access import require_withdrawal
from voices.actions.voice.changed import voices_changed
from voices.kit.names import clean_name
from voices.models import (
    Consent,
    ConsentState,
    Membership,
    Team,
    User,
    Voice,
    VoiceQuerySet,
    last_day_that_expires_soon,
)
from voices.notices.kinds import CONSENT_EXPIRED, consent_facts, listed

MAX_REASON = 300
AT_ONCE = 100  # consents per round of upkeep
WITHDRAWN, EXPIRED = "consent.withdrawn", "consent.expired"
COVERED = (ConsentState.RECORDED, ConsentState.EXPIRING)


class ReasonError(Exception):
    """The reason of a withdrawal is missing or too long. The message belongs beside its field."""


def read_reason(typed: str) -> str:
    """Return the reason on one line. Raises ReasonError."""
    reason = clean_name(typed)
    if not reason:
        raise ReasonError("Enter a short reason. It's kept with the consent.")
    if len(reason) > MAX_REASON:
        raise ReasonError(f"This has {len(reason)} characters. The limit is {MAX_REASON}.")
    return reason


def withdraw_consent(*, member: Membership, consent: Consent, reason: str, now: datetime) -> bool:
    """Withdraw the consent permanently, and quarantine its voices. Return False if it already was withdrawn.

    Raises PermissionDenied: editors may withdraw their own consents, admins all of the team.
    """
    require_withdrawal(member, consent)
    with transaction.atomic():
        if not Consent.objects.filter(pk=consent.pk).withdraw(by=member.user, reason=reason, now=now):
            return False
        _quarantine(consent, now=now, actor=member.user, verb=WITHDRAWN, reason=reason)
    return True


def end_expired_consents(*, now: datetime) -> int:
    """Quarantine the voices of expired consents, and mark those that expire soon. Return how many expired.

    Pages also compare the date with the clock; this updates the column that lists use.
    """
    _mark_expiring(now)
    today = now.astimezone(UTC).date()
    over = Consent.objects.filter(
        expires_on__lt=today, withdrawn_at=None, voices__consent_state__in=COVERED
    ).distinct()
    found = list(over.select_related("team", "sample", "stated_by").order_by("pk")[:AT_ONCE])
    for consent in found:
        with transaction.atomic():
            _quarantine(consent, now=now, actor=None, verb=EXPIRED, last_day=str(consent.expires_on))
    return len(found)


def _quarantine(consent: Consent, *, now: datetime, actor: User | None, verb: str, **facts: str) -> None:
    """Mark the consent's voices, and record its end in their history, or in its recording's if there are none."""
    voices = list(Voice.objects.select_for_update().filter(consent=consent, consent_state__in=COVERED))
    Voice.objects.filter(pk__in=[voice.pk for voice in voices]).update(consent_state=ConsentState.ENDED)
    things: list[Model] = [*voices] or [consent.sample or consent]
    if voices and verb == WITHDRAWN:  # the sentence of the other one says it
        facts["quarantine"] = "entered"
    for thing in things:
        audit.record(
            actor=actor, team=consent.team, verb=verb, thing=thing, consent_id=str(consent.uid), **facts
        )
    if voices:
        voices_changed(consent.team_id)
    if verb == EXPIRED:
        details, about = consent_facts(consent), consent.stated_by
        CONSENT_EXPIRED.write(team=consent.team, now=now, about=about, consent=details, **listed(voices))


def _mark_expiring(now: datetime) -> None:
    recorded = Voice.objects.filter(consent_state=ConsentState.RECORDED)
    soon: VoiceQuerySet = recorded.filter(
        consent__expires_on__lte=last_day_that_expires_soon(now), consent__withdrawn_at=None
    )
    for team in Team.objects.filter(pk__in=soon.values("team")):
        with transaction.atomic():
            ids = list(soon.filter(team=team).values_list("pk", flat=True))
            Voice.objects.filter(pk__in=ids).update(consent_state=ConsentState.EXPIRING)
            voices_changed(team.pk)
