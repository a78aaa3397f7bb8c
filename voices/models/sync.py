"""A sync: one read of an account's list of voices into a team's library. Its row is the queue and the history."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.keys import AltheaAccount, ApiKey
from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User


class Scope(models.TextChoices):
    """The list that is read. Absence from one says nothing about the voices of the other."""

    PRIVATE = "private", "The account's own voices"
    PUBLIC = "public", "The public catalogue"


class SyncState(models.TextChoices):
    """The state of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


SYNC_LIVE = (SyncState.QUEUED, SyncState.RUNNING)


class SyncRun(LeasedRow):
    """A request to read a list, then its result. A run that is claimed again starts over."""

    LIVE_STATES = SYNC_LIVE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="sync_runs")
    account = models.ForeignKey(AltheaAccount, on_delete=models.CASCADE, related_name="sync_runs")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="sync_runs")
    wanted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="sync_runs"
    )
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.PRIVATE)
    state = models.CharField(max_length=10, choices=SyncState, default=SyncState.QUEUED)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True)
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LeasedQuerySet["SyncRun"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            # Only one run at a time reads an account for a team, whatever clicks and schedules coincide.
            models.UniqueConstraint(
                fields=["account", "team"], condition=Q(state__in=SYNC_LIVE), name="one_live_sync_an_account"
            ),
        ]
        indexes: ClassVar = [
            # Small and always cached: the worker polls it as often as clone jobs.
            models.Index(fields=["due_at"], condition=Q(state__in=SYNC_LIVE), name="live_syncs_due"),
            models.Index(fields=["team", "-created_at"], name="syncs_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.account} ({self.scope})"

    @property
    def read(self) -> int:
        """The number of voices read so far."""
        return self.added + self.changed + self.unchanged
