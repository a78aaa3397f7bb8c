"""Batches as pages show them: rows with their outcomes, counts, and recent batches."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from voices.models import CloneBatch, CloneBatchRow, Membership, RowState, State

SHOWN = 10


@dataclass(frozen=True)
class Counts:
    """The number of a batch's files in each state. Hidden system files count as skipped."""

    missing: int = 0
    ready: int = 0
    refused: int = 0
    skipped: int = 0
    done: int = 0
    live: int = 0
    held: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def submitted(self) -> int:
        """The number submitted."""
        return self.done + self.live + self.held + self.failed + self.cancelled

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        """The outcomes of submitted files as (name, count, label), without zeros."""
        named = [(name, getattr(self, name), label) for name, label in OUTCOMES.items()]
        return [one for one in named if one[1]]


OUTCOMES = {
    "done": "done",
    "live": "in progress",
    "held": "waiting for approval",
    "failed": "failed",
    "cancelled": "cancelled",
}


def rows_of(batch: CloneBatch) -> list[CloneBatchRow]:
    """Return the rows of a batch in order, with their recordings, jobs and voices; one query."""
    parts = ("sample", "job__account", "job__voice__preview")
    return list(batch.rows.select_related(*parts).order_by("position"))


def counts_of(batch: CloneBatch, rows: Iterable[CloneBatchRow]) -> Counts:
    """Return the number of rows in each state; for submitted ones, that of their jobs."""
    counted = Counter(_standing(row) for row in rows)
    counted["skipped"] += batch.hidden_files
    return Counts(**counted)


def _standing(row: CloneBatchRow) -> str:
    if row.state != RowState.SUBMITTED:
        return row.state
    if row.job is None or row.job.state == State.CANCELLED:
        return "cancelled"
    if row.job.is_live or row.job.state == State.HELD:
        return "live" if row.job.is_live else "held"
    return "done" if row.job.state == State.CREATED else "failed"


def recent_batches(member: Membership) -> list[CloneBatch]:
    """Return the person's last batches, each with its number of `files` and of those `submitted`."""
    batches = CloneBatch.objects.filter(team=member.team, actor=member.user)
    sent = Count("rows", filter=Q(rows__state=RowState.SUBMITTED))
    return list(batches.annotate(files=Count("rows"), submitted=sent).order_by("-created_at")[:SHOWN])
