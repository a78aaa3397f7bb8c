"""The submitted files of a batch, each with the message about its clone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from voices.actions.clone.submit import can_retry
from voices.models import CloneBatchRow, CloneJob, RowState
from voices.web.clone.messages import JobMessage, job_message

FORGOTTEN = JobMessage("This clone is no longer stored.", "quiet")


@dataclass(frozen=True)
class Line:
    """A submitted file: its clone, if that still exists, and the message about it."""

    row: CloneBatchRow
    job: CloneJob | None
    message: JobMessage
    can_retry: bool


@dataclass(frozen=True)
class Lines:
    """All submitted files."""

    all: Sequence[Line]

    @property
    def is_live(self) -> bool:
        """Whether any clone is still in progress."""
        return any(line.job is not None and line.job.is_live for line in self.all)

    @property
    def retryable(self) -> int:
        """The number of failed clones that can be retried."""
        return sum(line.can_retry for line in self.all)


def submitted_lines(rows: Sequence[CloneBatchRow], *, now: datetime | None = None) -> Lines:
    """Return the lines of the submitted rows."""
    at = now or timezone.now()
    return Lines([_line(row, at) for row in rows if row.state == RowState.SUBMITTED])


def _line(row: CloneBatchRow, now: datetime) -> Line:
    if row.job is None:
        return Line(row, None, FORGOTTEN, can_retry=False)
    return Line(row, row.job, job_message(row.job, now=now), can_retry=can_retry(row.job))
