"""Reminders of consents that expire: 30 and 7 days before their last day, each once."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from voices.models import Consent, ConsentReminder, Voice
from voices.notices.kinds import CONSENT_DUE, consent_facts, listed

DAYS_BEFORE = (7, 30)  # the nearest first: a consent recorded late gets only that reminder
AT_ONCE = 100  # in a round of upkeep


def remind_of_expiry(*, now: datetime) -> int:
    """Write notices for consents that expire soon, cover voices, and had no reminder yet. Return how many."""
    return sum(_remind(days, now) for days in DAYS_BEFORE)


def _remind(days: int, now: datetime) -> int:
    today = now.astimezone(UTC).date()
    reminded = ConsentReminder.objects.filter(consent=OuterRef("pk"), days__lte=days)
    covering = Voice.objects.available().filter(consent=OuterRef("pk"))
    last = today + timedelta(days=days)
    due = Consent.objects.filter(~Exists(reminded), Exists(covering), withdrawn_at=None)
    due = due.filter(expires_on__gte=today, expires_on__lte=last).select_related("team", "stated_by")
    return sum(_remind_of(consent, days, now) for consent in due.order_by("pk")[:AT_ONCE])


def _remind_of(consent: Consent, days: int, now: datetime) -> bool:
    with transaction.atomic():
        _, is_new = ConsentReminder.objects.get_or_create(consent=consent, days=days)
        if not is_new or consent.expires_on is None:
            return False
        left = (consent.expires_on - now.astimezone(UTC).date()).days
        details, about = consent_facts(consent), consent.stated_by
        covered = listed(Voice.objects.available().filter(consent=consent).order_by("name_key"))
        CONSENT_DUE.write(team=consent.team, now=now, about=about, consent=details, days=left, **covered)
    return True
