"""Recording exports of the activity trail."""

from django.db import transaction

from voices import audit
from voices.models import AuditEntry, Team, User


def record_activity_export(*, user: User, team: Team | None, kind: str, query: str) -> AuditEntry:
    """Record who exported activity, of which team or of all teams, and with which filters."""
    with transaction.atomic():
        facts = {"kind": kind, "asked": query[:300]}
        return audit.record(actor=user, team=team, verb="activity.exported", thing=team, **facts)
