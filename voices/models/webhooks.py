"""A team's webhook endpoints, and the deliveries to them."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.notices import Notice
from voices.models.people import Team, User


class EndpointState(models.TextChoices):
    """Whether messages are sent to an endpoint."""

    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"


class WebhookEndpoint(models.Model):
    """An address of a team's own program. Its secret is sealed together with this row's id.

    After a rotation, the previous secret also signs until `old_until`. `failing_since` is the first failure since the
    last success.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    kinds = models.JSONField(default=list)
    sealed = models.BinaryField()
    old_sealed = models.BinaryField(null=True, blank=True)
    old_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=EndpointState, default=EndpointState.ACTIVE)
    problem = models.CharField(max_length=300, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.url

    @property
    def is_active(self) -> bool:
        """Whether messages are sent to it."""
        return self.state == EndpointState.ACTIVE


class DeliveryState(models.TextChoices):
    """The state of a delivery."""

    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class DeliveryQuerySet(LeasedQuerySet["WebhookDelivery"]):
    """Deliveries, one at a time per endpoint."""

    def due(self, now: datetime) -> Self:
        """Return the first due delivery of each active endpoint, unless another one is being sent to it.

        So an endpoint that hangs delays only its own deliveries.
        """
        waiting = self.model._default_manager.filter(
            endpoint=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=now
        )
        first = waiting.order_by("due_at", "pk").values("pk")[:1]
        busy = self.model._default_manager.filter(endpoint=OuterRef("pk"), lease_until__gte=now)
        free = WebhookEndpoint.objects.filter(~Exists(busy), state=EndpointState.ACTIVE)
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=now), pk__in=free.values(first=Subquery(first))
        )


class WebhookDelivery(LeasedRow):
    """One notice to one endpoint: the last try, and how many there were. `answer` is how the answer began."""

    LIVE_STATES = (DeliveryState.WAITING,)
    LONGEST_WAIT = timedelta(hours=25)

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=1000, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects: ClassVar[DeliveryQuerySet] = DeliveryQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "notice"], name="one_delivery_a_notice")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(state=DeliveryState.WAITING), name="deliveries_due"
            ),
            models.Index(
                fields=["endpoint"], condition=Q(lease_until__isnull=False), name="deliveries_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} to {self.endpoint}"
