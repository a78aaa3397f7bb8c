"""Invitations into a team, each by a link that works once."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.people import Role, Team, User


class InvitationState(models.TextChoices):
    """The state of an invitation. An open one may have expired, which only the clock decides."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


class Invitation(models.Model):
    """A role in a team, offered to whoever has that email. Only a hash of the link's token is stored.

    A new link for the same invitation replaces the hash, so the previous link stops working.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    inviter = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=InvitationState, default=InvitationState.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "email"], condition=Q(state="open"), name="one_open_invitation"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def is_open(self, now: datetime) -> bool:
        """Whether it is open and has not expired."""
        return self.state == InvitationState.OPEN and now < self.expires_at

    def has_expired(self, now: datetime) -> bool:
        """Whether it expired before anybody accepted it."""
        return self.state == InvitationState.OPEN and now >= self.expires_at
