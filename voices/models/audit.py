"""The audit trail: what was done, by whom and to what. Append-only."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from voices.models.append_only import AppendOnly, AppendOnlyQuerySet
from voices.models.people import Team, User


class AuditEntryQuerySet(AppendOnlyQuerySet["AuditEntry"]):
    """Audit entries."""


class AuditEntry(AppendOnly):
    """One entry. `facts` never hold a secret.

    History only: what a page or a step decides by stands in a column of the record itself.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=40)
    thing = models.CharField(max_length=40, blank=True)
    thing_id = models.CharField(max_length=64, blank=True)
    thing_name = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)

    objects: ClassVar[AuditEntryQuerySet] = AuditEntryQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["team", "-at"], name="audit_of_team"),
            models.Index(fields=["thing", "thing_id"], name="audit_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_name}"
