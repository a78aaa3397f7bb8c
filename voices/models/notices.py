"""Notices for people and programs: each is written with its change and sent by the worker."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User


class Choice(models.TextChoices):
    """When a person gets an email about a kind of notice."""

    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day"
    OFF = "off", "Off"


class NoticeState(models.TextChoices):
    """Whether the notice has been fanned out to its recipients."""

    WAITING = "waiting"
    FANNED_OUT = "spread", "Spread"


class Notice(LeasedRow):
    """Something that happened, with its facts, which never hold a secret. `about` is the person it concerns.

    `kind` names an object of the registry (voices/notices/kinds.py).
    """

    LIVE_STATES = (NoticeState.WAITING,)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    about = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.WAITING)

    objects: ClassVar[LeasedQuerySet["Notice"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state=NoticeState.WAITING), name="notices_due"),
            models.Index(fields=["at"], name="notices_by_age"),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def message_id(self) -> str:
        """The id of the message that webhooks receive."""
        return f"msg_{self.id.hex}"


class NoticeChoice(models.Model):
    """When a person gets emails of a kind, where they have chosen."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_choices", db_index=False)
    kind = models.CharField(max_length=40)
    choice = models.CharField(max_length=10, choices=Choice)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


class MailboxState(models.TextChoices):
    """Whether there is something to send to a person."""

    IDLE = "idle"
    WAITING = "waiting"


class Mailbox(LeasedRow):
    """A person's notice emails: when the next one is due, and whether they are off. `digest_hour` is in UTC."""

    LIVE_STATES = (MailboxState.WAITING,)
    LONGEST_WAIT = timedelta(hours=25)

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="mailbox")
    is_off = models.BooleanField(default=False)
    digest_hour = models.PositiveSmallIntegerField(default=7)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=MailboxState, default=MailboxState.IDLE)

    objects: ClassVar[LeasedQuerySet["Mailbox"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name_plural = "mailboxes"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state=MailboxState.WAITING), name="mailboxes_due")
        ]

    def __str__(self) -> str:
        return f"emails to {self.user_id}"


class MailedNotice(models.Model):
    """A notice to be emailed to a person from `due_at` on: at once, or in the daily digest."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mailed")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "user"], name="one_email_a_notice")
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "due_at"], condition=Q(sent_at=None), name="notices_to_mail")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.user_id}"
