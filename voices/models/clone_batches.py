"""Batches of recordings to clone: the batch, and a row for each file with its finding and what was typed."""

import uuid
from typing import Any, ClassVar

from django.db import models

from voices.models.clone_jobs import CloneJob
from voices.models.keys import ApiKey
from voices.models.people import Team, User
from voices.models.samples import Sample


def cut_to_column(model: type[models.Model], column: str, text: str) -> str:
    """Return the text cut to the length of the column."""
    field = model._meta.get_field(column)
    return text[: field.max_length] if isinstance(field, models.CharField) else text


class RowState(models.TextChoices):
    """The state of a file of a batch. The state of a submitted one is that of its job."""

    MISSING = "missing", "Not uploaded"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"
    SKIPPED = "skipped", "Skipped"
    SUBMITTED = "submitted", "Submitted"


ROW_MOVES: dict[RowState, frozenset[RowState]] = {
    RowState.MISSING: frozenset({RowState.READY, RowState.REFUSED, RowState.SKIPPED}),
    RowState.READY: frozenset({RowState.SUBMITTED}),
    RowState.REFUSED: frozenset(),
    RowState.SKIPPED: frozenset(),
    RowState.SUBMITTED: frozenset(),
}


class CloneBatch(models.Model):
    """Recordings chosen together by one person, with defaults for all of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="clone_batches")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="clone_batches")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="clone_batches")
    language = models.CharField(max_length=80, default="en")
    consent = models.JSONField(
        default=dict, blank=True
    )  # what was typed in the fields of `ConsentForm`, by name
    hidden_files = models.PositiveIntegerField(default=0)  # of the system, skipped without a row
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField()  # last change; unsubmitted rows are deleted after a week

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["team", "-created_at"], name="batches_of_team"),
            models.Index(fields=["touched_at"], name="batches_touched"),
        ]

    def __str__(self) -> str:
        return f"Batch of {self.created_at:%Y-%m-%d %H:%M}"


class CloneBatchRow(models.Model):
    """A file of a batch. Name, language, description and speaker are as typed, valid or not; "" means the batch's.

    `finding` is that of a refused file (`voices.audio.findings.Finding`), `message` why a file was skipped or could
    not be submitted.
    """

    batch = models.ForeignKey(CloneBatch, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    filename = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=RowState, default=RowState.MISSING)
    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.RESTRICT, related_name="batch_rows"
    )
    finding = models.JSONField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    speaker = models.CharField(max_length=300, blank=True)
    job = models.ForeignKey(
        CloneJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch_rows"
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_row_a_position"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"

    def move(self, to: RowState, **columns: Any) -> bool:
        """Move the row to a state. Return False if its state is no longer that of this object.

        Raises ValueError off the ROW_MOVES table.
        """
        if to not in ROW_MOVES[RowState(self.state)]:
            raise ValueError(f"a row of a batch does not move from {self.state} to {to}")
        columns["state"] = to
        if type(self).objects.filter(pk=self.pk, state=self.state).update(**columns) != 1:
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True
