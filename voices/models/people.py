"""People, teams, and the role that each person has in each team."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models


class UserManager(BaseUserManager["User"]):
    """Creates users by email address, whose case does not matter."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user who can log in with that email address."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user who may open the admin site."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user of that email address, whatever its case."""
        return self.get(email=(username or "").strip().lower())


def shown_name(name: str, email: str) -> str:
    """Return the name of a person as pages show it."""
    return name or email.partition("@")[0]


class User(AbstractUser):
    """A person, who logs in by email address."""

    username = None  # type: ignore[assignment]  # Django's way to drop the inherited field
    first_name = None  # type: ignore[assignment]  # one name field instead
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
        """The name, or the part of the email address before the @ if none was given."""
        return shown_name(self.name, self.email)

    def get_full_name(self) -> str:
        """Return the shown name, as Django's admin and emails use it."""
        return self.shown_name

    def get_short_name(self) -> str:
        """Return the shown name, like `get_full_name`."""
        return self.shown_name


class JoinRole(models.TextChoices):
    """The role of people who join by the domain of their email. Admins are made by admins."""

    VIEWER = "viewer"
    EDITOR = "editor"


class Team(models.Model):
    """A team, which owns a library."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    sync_catalogue = models.BooleanField(
        "public catalogue", default=False, help_text="Also keep Althea's public voices in this library."
    )
    require_second_factor = models.BooleanField(default=False)
    # People who log in by the company's login with an email of these domains join with that role; comma-separated.
    join_domains = models.CharField(max_length=500, blank=True)
    join_role = models.CharField(max_length=10, choices=JoinRole, default=JoinRole.VIEWER)
    # Clones of somebody else's voice, deletions, and moves to "approved" wait for a second editor or admin.
    two_person_rule = models.BooleanField(default=False)
    # How many voices each member may clone in a calendar month, in UTC; null: no limit.
    monthly_clones = models.PositiveIntegerField(null=True, blank=True)
    # Incremented by every change that a list of voices may show; counts cached at another revision are stale.
    library_revision = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # It has no members; the worker deletes its rows and files in the background.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The role of a person in a team; access/roles.py says what each may do."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Membership(models.Model):
    """A person in a team, with a role."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    joined_at = models.DateTimeField(auto_now_add=True)
    # When the person last opened a page of the team; up to five minutes behind.
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The scopes of the token in use, which restrict the role (access/roles.py); not stored. None: no token.
    scopes: frozenset[str] | None = None

    # Whether it is a staff member's, who is not in the team (access/roles.py); not stored.
    as_staff: bool = False

    # How many requests for approval wait for this member; set where memberships are loaded for a page.
    approvals_waiting: int = 0

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_a_team")
        ]

    def __str__(self) -> str:
        return str(self.user)
