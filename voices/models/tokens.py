"""Tokens by which programs act in a team."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.people import Membership, Team, User


class TokenScope(models.TextChoices):
    """What a token allows beside reading; access/roles.py says which verbs that covers. Every token reads."""

    READ = "read", "Read"
    CLONE = "clone", "Clone"
    MANAGE = "manage", "Manage"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens, by whether they still work."""

    def live(self, now: datetime) -> "ApiTokenQuerySet":
        """Return the tokens that are neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


class ApiToken(models.Model):
    """A token of a person in a team, or of the team itself. Only the SHA-256 of its value is stored.

    A person's token acts through their membership. If that ends, the token never works again, even if they return. A
    team's token acts through a service account of its own, `actor`, which is in no team and cannot log in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_tokens")
    actor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="api_tokens"
    )
    is_of_team = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=60)
    scopes = models.CharField(max_length=40)  # separated by spaces, as OAuth writes them
    start = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_address = models.CharField(max_length=64, default="", blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The units granted to all web processes in the minute that began at `window_at` (actions/tokens/budget.py).
    window_at = models.DateTimeField(null=True, blank=True, editable=False)
    window_used = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name = "API token"
        indexes: ClassVar = [models.Index(fields=["start"], name="tokens_by_start")]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @property
    def scope_set(self) -> frozenset[str]:
        """The scopes as a set."""
        return frozenset(self.scopes.split())

    def has_expired(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now


class TokenAddress(models.Model):
    """A client's address that used a token, and the last day on which the activity trail says so."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=64)
    recorded_on = models.DateField(null=True)

    class Meta:
        verbose_name_plural = "token addresses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "address"], name="one_row_a_token_and_address")
        ]

    def __str__(self) -> str:
        return f"{self.token} {self.address}"
