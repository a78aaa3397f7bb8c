"""Health checks of an account's voices, spread over time."""

from datetime import timedelta
from typing import ClassVar

from django.db import models

from voices.models.keys import AltheaAccount
from voices.models.leases import LeasedQuerySet, LeasedRow


class RoundState(models.TextChoices):
    """Whether voices are being checked."""

    CHECKING = "checking"
    PAUSED = "resting", "Resting"  # Althea refused a check for a reason that is not about the voice


class HealthRound(LeasedRow):
    """The checks of one account's voices, which never end: at each due time the voice that waits longest is checked.

    `problem` says why they are paused. With each voice its calls are read as well, but not before `calls_due_at`.
    """

    LIVE_STATES = (RoundState.CHECKING, RoundState.PAUSED)
    LONGEST_WAIT = timedelta(hours=7)

    account = models.OneToOneField(AltheaAccount, on_delete=models.CASCADE, related_name="health_round")
    state = models.CharField(max_length=10, choices=RoundState, default=RoundState.CHECKING)
    problem = models.CharField(max_length=300, blank=True)
    calls_due_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LeasedQuerySet["HealthRound"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    def __str__(self) -> str:
        return f"Checks of {self.account}"
