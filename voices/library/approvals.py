"""The approvals that wait, and those that were decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from voices.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    BulkItem,
    Membership,
    Voice,
)

NEWEST = 50  # decided requests on the page
MAX_WAITING = 200
SHOWN = 50  # voices of a request


@dataclass(frozen=True)
class Standing:
    """The status of a request: a label, and its tone (good, bad, warn or "")."""

    label: str
    tone: str = ""


STANDINGS = {
    ApprovalState.WAITING: Standing("Waiting", "warn"),
    ApprovalState.APPROVED: Standing("Approved", "good"),
    ApprovalState.DECLINED: Standing("Declined", "bad"),
    ApprovalState.WITHDRAWN: Standing("Withdrawn"),
    ApprovalState.EXPIRED: Standing("Closed"),
}
Listed = list[tuple[Approval, Standing]]


def standing_of(approval: Approval) -> Standing:
    """Return the status of the request."""
    return STANDINGS[ApprovalState(approval.state)]


@dataclass(frozen=True)
class Approvals:
    """The team's requests: those waiting for the member, the member's own waiting ones, and recently decided ones."""

    for_you: Listed
    yours: Listed
    decided: Listed


def approvals_of(member: Membership) -> Approvals:
    """Return what the approvals page lists, the oldest waiting requests first; two queries."""
    of_team = Approval.objects.filter(team=member.team)
    waiting = _listed(of_team.waiting().order_by("requested_at", "pk")[:MAX_WAITING])
    ended = of_team.exclude(state=ApprovalState.WAITING).order_by("-decided_at", "-pk")[:NEWEST]
    yours = [one for one in waiting if one[0].requester_id == member.user_id]
    return Approvals([one for one in waiting if one not in yours], yours, _listed(ended))


def _listed(found: QuerySet[Approval]) -> Listed:
    return [(one, standing_of(one)) for one in found]


@dataclass(frozen=True)
class ChangedVoices:
    """The voices that a request would change: some of them, the total, and those changed since the request."""

    voices: Sequence[Voice]
    total: int
    changed: frozenset[Voice]

    @property
    def more(self) -> int:
        """The number of voices that are not shown."""
        return self.total - len(self.voices)


def changed_voices(approval: Approval) -> ChangedVoices:
    """Return the voices of the request that still exist, in the order in which they were chosen."""
    items = BulkItem.objects.filter(run=approval.run_id, voice__deleted_at=None).exclude(voice=None)
    rows = items.select_related("voice__account").order_by("pk")
    voices = [item.voice for item in rows[:SHOWN] if item.voice]
    changed = frozenset(voice for voice in voices if voice.changed_at > approval.requested_at)
    return ChangedVoices(voices, items.count(), changed)


def waiting_deletion(voice: Voice) -> Approval | None:
    """Return the waiting request to delete this voice alone, or None."""
    return waiting_for(voice=voice, kind=ApprovalKind.DELETE)


def waiting_stage(voice: Voice) -> Approval | None:
    """Return the waiting request to move this voice alone to Approved, or None."""
    return waiting_for(voice=voice, kind=ApprovalKind.STAGE)


def waiting_for(**held: object) -> Approval | None:
    """Return the waiting request with these columns, such as its `job` or `run`, or None."""
    return Approval.objects.waiting().filter(**held).first()
