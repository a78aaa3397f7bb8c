"""Approvals: changes that wait for the decision of a second person."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from voices.models.bulk import BulkRun
from voices.models.clone_jobs import CloneJob
from voices.models.people import Team, User
from voices.models.voice import Voice


class ApprovalKind(models.TextChoices):
    """The subject of an approval; the labels name it by {}."""

    CLONE = "clone", "Clone {}"
    DELETE = "delete", "Delete {}"
    STAGE = "stage", "Move {} to Approved"


class ApprovalState(models.TextChoices):
    """The state of an approval. `expired`: it could no longer be decided; `message` says why."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


APPROVAL_MOVES: dict[ApprovalState, frozenset[ApprovalState]] = {
    ApprovalState.WAITING: frozenset(ApprovalState) - {ApprovalState.WAITING},
    **dict.fromkeys(frozenset(ApprovalState) - {ApprovalState.WAITING}, frozenset()),
}


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Approvals."""

    def waiting(self) -> "ApprovalQuerySet":
        """Return the undecided ones."""
        return self.filter(state=ApprovalState.WAITING)

    def with_parts(self) -> "ApprovalQuerySet":
        """Return them with everything that a decision or a page reads, in one query."""
        job = ("job__key", "job__account", "job__sample__parent", "job__team", "job__actor")
        return self.select_related(
            "team", "requester", "decided_by", "voice", "run", *job, "job__consent__statement"
        )


class Approval(models.Model):
    """A change that a second person has to approve, and their decision.

    The change is held as a row that no worker claims: a clone as its `job`, a bulk change as its `run`. `voice` is set
    if it concerns a single voice. `subject` names that, and may outlive it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=10, choices=ApprovalKind)
    subject = models.CharField(max_length=220)
    job = models.ForeignKey(
        CloneJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="approvals"
    )
    run = models.ForeignKey(
        BulkRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="approvals"
    )
    voice = models.ForeignKey(
        Voice, null=True, blank=True, on_delete=models.SET_NULL, related_name="approvals"
    )
    requester = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="approvals")
    requester_name = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ApprovalState, default=ApprovalState.WAITING)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True)  # the remark of who decided, or why it expired

    objects: ClassVar[ApprovalQuerySet] = ApprovalQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["voice", "kind"], condition=Q(state="waiting"), name="one_waiting_approval"
            ),
        ]
        indexes: ClassVar = [
            # Every page counts the approvals that wait for its reader.
            models.Index(fields=["team"], condition=Q(state="waiting"), name="approvals_waiting"),
            models.Index(fields=["team", "-requested_at"], name="approvals_of_team"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display().format(self.subject)

    def move(self, to: ApprovalState, **columns: Any) -> bool:
        """Move to a state. Return False if somebody else decided first.

        Raises ValueError off the APPROVAL_MOVES table.
        """
        if to not in APPROVAL_MOVES[ApprovalState(self.state)]:
            raise ValueError(f"an approval does not move from {self.state} to {to}")
        values = {"state": to, **columns}
        if not Approval.objects.filter(pk=self.pk, state=self.state).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True
