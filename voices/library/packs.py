"""The imports of voice packs that a member sees, newest first, and the report of one."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from voices.access import Verb, may, require
from voices.models import Membership, PackImport, PackImportRow, PackRowState

SHOWN = 20


def recent_imports(member: Membership) -> QuerySet[PackImport]:
    """Return the member's latest imports, an admin's all of the team, with `made` and `failed`. One query."""
    require(member, Verb.CLONE)
    packs = PackImport.objects.filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        packs = packs.filter(actor=member.user)
    counts = {name: Count("rows", filter=Q(rows__state=name)) for name in ("made", "failed")}
    return packs.annotate(total=Count("rows"), **counts).order_by("-created_at")[:SHOWN]


@dataclass(frozen=True)
class PackReport:
    """The states of an import's voices."""

    rows: list[PackImportRow]

    @property
    def counts(self) -> Counter[str]:
        """The number of voices in each state."""
        return Counter(row.state for row in self.rows)

    @property
    def failed(self) -> int:
        """The number that could not be created."""
        return self.counts[PackRowState.FAILED]

    @property
    def ended(self) -> int:
        """The number settled."""
        return len(self.rows) - self.counts[PackRowState.WAITING] - self.counts[PackRowState.SENT]


def report_of(pack: PackImport) -> PackReport:
    """Return the report of an import; one query."""
    return PackReport(list(pack.rows.select_related("job", "voice")))
