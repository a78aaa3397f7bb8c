"""A bulk change: its row is its place in the queue and its report, with an item for each chosen voice."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User
from voices.models.voice import Voice


class BulkVerb(models.TextChoices):
    """What a bulk change does to each voice."""

    TAG = "tag", "Add a tag"
    UNTAG = "untag", "Take a tag off"
    STAGE = "stage", "Move to a stage"
    FAVOURITE = "favourite", "Add to favourites"
    UNFAVOURITE = "unfavourite", "Take from favourites"
    DELETE = "delete", "Delete at Althea"


class BulkState(models.TextChoices):
    """Where a bulk change stands; `stopped` ended early, with the reason in `message`.

    `held` waits until a second person approves it: no worker claims it.
    """

    HELD = "held"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


BULK_LIVE = (BulkState.QUEUED, BulkState.RUNNING)


class BulkRun(LeasedRow):
    """A request to change many voices. `argument` names the tag or stage; `selection` says what was chosen.

    A live run's `message` says why it waits, or which key was refused on the way; an ended one's why it stopped.
    """

    LIVE_STATES = BULK_LIVE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="bulk_runs")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="bulk_runs")
    verb = models.CharField(max_length=12, choices=BulkVerb)
    argument = models.JSONField(default=dict, blank=True)
    selection = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=BulkState, default=BulkState.QUEUED)
    total = models.PositiveIntegerField(default=0)
    # Pauses in a row after which nothing had gone on: what Althea puts off for ever ends with its words.
    attempts = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LeasedQuerySet["BulkRun"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=BULK_LIVE), name="live_bulk_due"),
            models.Index(fields=["team", "-created_at"], name="bulk_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.total} voices"

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens any more, by itself or after an approval."""
        return self.state in {BulkState.DONE, BulkState.STOPPED}


class ItemState(models.TextChoices):
    """The outcome for one voice: `skipped` needed no change, `failed` says why in its message."""

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class BulkItem(models.Model):
    """One voice of a bulk change; the name is kept, since the report outlives the voice.

    A waiting item with a message was tried once, without a clear answer: its second try comes last.
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    voice = models.ForeignKey(Voice, null=True, on_delete=models.SET_NULL, related_name="+")
    voice_name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "voice"], name="one_item_a_voice")]
        indexes: ClassVar = [models.Index(fields=["run", "state"], name="items_by_state")]

    def __str__(self) -> str:
        return f"{self.voice_name} ({self.state})"
