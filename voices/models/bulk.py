"""A bulk change: its row is its place in the queue and its report, with an item for each voice or agent."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.aliases import Alias
from voices.models.keys import AltheaAccount
from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User
from voices.models.voice import Voice


class BulkVerb(models.TextChoices):
    """What a bulk change does to each voice, or with SWAP to each agent that uses one."""

    TAG = "tag", "Add a tag"
    UNTAG = "untag", "Take a tag off"
    STAGE = "stage", "Move to a stage"
    FAVOURITE = "favourite", "Add to favourites"
    UNFAVOURITE = "unfavourite", "Take from favourites"
    DELETE = "delete", "Delete at Althea"
    SWAP = "swap", "Replace in agents"
    MODEL = "model", "Change the model"


class BulkState(models.TextChoices):
    """The state of a bulk change; `stopped` ended early, with the reason in `message`.

    `held` waits for the approval of a second person: no worker claims it.
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
    # Consecutive pauses without progress: a run that Althea keeps throttling ends with its message.
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
        what = "agents" if self.verb == BulkVerb.SWAP else "voices"
        return f"{self.get_verb_display()}: {self.total} {what}"

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, so that not even an approval could continue it."""
        return self.state in {BulkState.DONE, BulkState.STOPPED}


class ItemState(models.TextChoices):
    """The outcome for one item: `skipped` needed no change, `left` and `failed` say why in their message.

    `left` was left alone because somebody else had changed it.
    """

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    LEFT = "left"
    FAILED = "failed"


class BulkItem(models.Model):
    """One voice or agent of a bulk change; the name is kept, since the report outlives it.

    A waiting item with a message was tried once, without a clear answer: its second try comes last. An agent's item
    says what its call template must still name (`before`) and what it is to name instead (`after`).
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    voice = models.ForeignKey(Voice, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    agent_id = models.CharField(max_length=64, blank=True)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    # Set before an agent is changed: after a crash, one that names `after` was changed by us.
    is_sent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "voice"], name="one_item_a_voice"),
            models.UniqueConstraint(
                fields=["run", "agent_id"], condition=~Q(agent_id=""), name="one_item_an_agent"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["run", "state"], name="items_by_state")]

    def __str__(self) -> str:
        return self.name


class VoiceSwap(models.Model):
    """What a run with the verb SWAP replaces in agents of the account; its `argument` keeps the names of both voices.

    `alias` was moved with it. An undo is a run of its own, with the voices exchanged.
    """

    run = models.OneToOneField(BulkRun, on_delete=models.CASCADE, related_name="swap")
    account = models.ForeignKey(AltheaAccount, on_delete=models.PROTECT, related_name="+")
    old = models.ForeignKey(Voice, null=True, on_delete=models.SET_NULL, related_name="+")
    new = models.ForeignKey(Voice, null=True, on_delete=models.SET_NULL, related_name="+")
    alias = models.ForeignKey(Alias, null=True, on_delete=models.SET_NULL, related_name="+")
    undoes = models.OneToOneField(BulkRun, null=True, on_delete=models.SET_NULL, related_name="undone_by")

    def __str__(self) -> str:
        return f"{self.old} by {self.new}"
