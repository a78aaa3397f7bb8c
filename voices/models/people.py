"""People, teams and who is what in which team."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F


class UserManager(BaseUserManager["User"]):
    """Makes users by email; the domain's case does not matter, nor does the name's."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who can log in with that email."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who may open the admin site."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        """The user of that email, whatever its case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """A person; the email is the login."""

    username = None  # type: ignore[assignment]  # Django's way to drop the inherited field
    first_name = None  # type: ignore[assignment]  # one name, as the person writes it
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # the email is the natural key

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name, or the email's part before the @ where none was given."""
        return self.name or self.email.partition("@")[0]

    def get_full_name(self) -> str:
        """The shown name: Django's admin and mails ask for it here."""
        return self.shown_name

    def get_short_name(self) -> str:
        """The shown name, as above."""
        return self.shown_name


class Team(models.Model):
    """Owns a library; people come and go."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    sync_catalogue = models.BooleanField(
        "public catalogue", default=False, help_text="Also keep Althea's public voices in this library."
    )
    # Moves with every change that a list of voices may show: what was counted at another number is stale.
    library_revision = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def mark_changed(self) -> None:
        """Makes whatever was counted of this team's library stale; part of the caller's transaction."""
        type(self).objects.filter(pk=self.pk).update(library_revision=F("library_revision") + 1)


class Role(models.TextChoices):
    """What a person is in a team; access.py says what each may do."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Membership(models.Model):
    """A person in a team, with a role."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
