"""Taking the library out as a file leaves a line in the audit trail."""

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.models import AuditEntry, Membership


def note_export(*, member: Membership, kind: str, asked: str, count: int) -> AuditEntry:
    """The line that says who took how many voices out, and which. Raises PermissionDenied."""
    require(member, Verb.SEE_LIBRARY)
    facts = {"kind": kind, "asked": asked[:300], "voices": count}
    with transaction.atomic():
        return audit.record(
            actor=member.user, team=member.team, verb="library.exported", thing=member.team, **facts
        )
