"""Recording that somebody exported voices."""

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.models import AuditEntry, Membership


def record_export(*, member: Membership, kind: str, query: str, count: int) -> AuditEntry:
    """Record an export of voices: who, how many, and by which query. Raises PermissionDenied."""
    require(member, Verb.SEE_LIBRARY)
    facts = {"kind": kind, "asked": query[:300], "voices": count}
    with transaction.atomic():
        return audit.record_by(member, "library.exported", member.team, **facts)
