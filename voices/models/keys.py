"""Althea accounts, and the stored keys that open them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.people import User


class Endpoint(models.TextChoices):
    """The server that a key belongs to."""

    ALTHEA = "althea", "Althea"
    SANDBOX = "sandbox", "Sandbox"


class AltheaAccount(models.Model):
    """An account as `GET /api/accounts/me` describes it. Voices belong to the account, not to a key of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.CharField(max_length=10, choices=Endpoint)
    account_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    allowed_voices = models.PositiveIntegerField(null=True, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "account_id"], name="one_row_an_account"),
        ]

    def __str__(self) -> str:
        return self.name


class KeyState(models.TextChoices):
    """The result of a key's last use. Removed keys keep no sealed value."""

    OK = "ok", "Works"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Not tested"
    REMOVED = "removed", "Removed"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, by owner and by whether their value is still stored."""

    def stored(self) -> "ApiKeyQuerySet":
        """Return the keys whose value is still stored."""
        return self.exclude(state=KeyState.REMOVED)

    def owned_by(self, user: User) -> "ApiKeyQuerySet":
        """Return that person's stored keys, the default first."""
        return (
            self.stored().filter(owner=user).select_related("account").order_by("-is_default", "created_at")
        )


class ApiKey(models.Model):
    """One person's key. Its value is sealed together with this row's id; only prefix and last4 are ever shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    label = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=10, choices=Endpoint, default=Endpoint.ALTHEA)
    account = models.ForeignKey(
        AltheaAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="keys"
    )
    sealed = models.BinaryField()
    prefix = models.CharField(max_length=8)
    last4 = models.CharField(max_length=4)
    state = models.CharField(max_length=10, choices=KeyState, default=KeyState.UNKNOWN)
    is_default = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_default=True), name="one_default_key_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.shown})"

    @property
    def shown(self) -> str:
        """The part of the key that people see: `Zk9Ht7Lm…D4sT`."""
        return f"{self.prefix}…{self.last4}"

    @property
    def can_clone(self) -> bool:
        """Whether the key was accepted and its account is known."""
        return self.state == KeyState.OK and self.account_id is not None


class SealCanary(models.Model):
    """A known value, sealed: an encryption key that cannot open it is the wrong one, and the server does not start."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "seal canaries"

    def __str__(self) -> str:
        return "canary"
