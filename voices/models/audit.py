"""The audit trail: what was done, by whom, from where and to what. Append-only, and chained by hashes."""

import json
from datetime import UTC
from typing import ClassVar

from django.db import models
from django.utils import timezone

from voices.kit.hash_chain import content_bytes
from voices.models.append_only import AppendOnly, AppendOnlyQuerySet
from voices.models.indexes import PostgresIndex
from voices.models.people import Team, User

MAX_ADDRESS, MAX_REQUEST_ID = 64, 64


class AuditEntryQuerySet(AppendOnlyQuerySet["AuditEntry"]):
    """Audit entries."""

    def prune(self, sequence: int) -> int:
        """Delete sealed entries up to that number, which the triggers must have been told. Return how many."""
        return self.filter(sequence__lte=sequence)._raw_delete(self.db)


class AuditEntry(AppendOnly):
    """One entry. `facts` never hold a secret.

    History only: what a page or a step decides by stands in a column of the record itself. `mac` is made with the
    entry; `sequence` and the hashes when the worker seals it, moments after its transaction is committed.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    actor_name = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=40)
    topic = models.CharField(max_length=12, default="", blank=True)  # of the verb: voices/audit.py
    thing = models.CharField(max_length=40, blank=True)
    thing_id = models.CharField(max_length=64, blank=True)
    thing_name = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    address = models.CharField(max_length=MAX_ADDRESS, default="", blank=True)
    request_id = models.CharField(max_length=MAX_REQUEST_ID, default="", blank=True)
    mac = models.CharField(max_length=80, default="", blank=True, editable=False)
    sequence = models.BigIntegerField(null=True, unique=True, editable=False)
    previous_hash = models.CharField(max_length=64, default="", blank=True, editable=False)
    hash = models.CharField(max_length=64, default="", blank=True, editable=False)

    objects: ClassVar[AuditEntryQuerySet] = AuditEntryQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name_plural = "audit entries"
        # Each answers one filter of the activity page newest first, without sorting.
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            models.Index(fields=["team", "-at", "-id"], name="audit_of_team"),
            models.Index(fields=["team", "actor", "-at", "-id"], name="audit_of_actor"),
            models.Index(fields=["team", "topic", "-at", "-id"], name="audit_of_topic"),
            models.Index(fields=["team", "address", "-at", "-id"], name="audit_of_address"),
            models.Index(fields=["thing", "thing_id"], name="audit_of_thing"),
            # SQLite reads those from the index of `sequence`, where they stand in the order of their ids.
            PostgresIndex(fields=["id"], name="audit_unsealed", condition=models.Q(sequence=None)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_name}"

    def content(self) -> bytes:
        """Return all that the entry says, for its MAC and its hash; as `voices/models/audit_rows.py` reads it."""
        texts = (
            self.at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds"),
            self.team_id.hex if self.team_id else "",
            str(self.actor_id or ""),
            *(self.actor_name, self.verb, self.topic, self.thing, self.thing_id, self.thing_name),
            *(self.address, self.request_id),
        )
        return content_bytes(texts, json.dumps(self.facts))


class AuditChain(models.Model):
    """The head and the start of the chain: one row, which only sealing and pruning write.

    Its MAC tells a cut of the chain's end from the end itself.
    """

    ONLY: ClassVar = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="", blank=True)
    pruned_sequence = models.BigIntegerField(default=0)
    pruned_hash = models.CharField(max_length=64, default="", blank=True)
    mac = models.CharField(max_length=80, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    def content(self) -> bytes:
        """Return what the MAC is of."""
        return f"{self.sequence}|{self.hash}|{self.pruned_sequence}|{self.pruned_hash}".encode()
