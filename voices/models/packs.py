"""The import of a voice pack: its row is its place in the queue and its report, with a row for each voice."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from voices.kit.packed_voices import PackedVoice
from voices.models.clone_jobs import CloneJob
from voices.models.keys import ApiKey
from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.people import Team, User
from voices.models.voice import Voice


def pack_path(pack: "PackImport", filename: str) -> str:
    """Return packs/<team>/<name>. actions/files.py makes the name."""
    return f"packs/{pack.team_id}/{filename}"


class PackState(models.TextChoices):
    """The state of an import: `open` until its person starts it, `stopped` if it ended early."""

    OPEN = "open"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


PACK_LIVE = (PackState.QUEUED, PackState.RUNNING)


class PackImport(LeasedRow):
    """A verified pack, and what its person chose. `consent` is what was typed in the form's fields of a consent.

    The file is deleted once it is no longer needed; rows and receipts stay.
    """

    LIVE_STATES = PACK_LIVE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="pack_imports")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="pack_imports")
    key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="pack_imports"
    )
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=pack_path, max_length=255, blank=True)
    made_by = models.CharField(max_length=200, blank=True)  # the team that exported it
    made_at = models.CharField(max_length=40, blank=True)
    consent = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=PackState, default=PackState.OPEN)
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField()  # an import that is not started is deleted after a week
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LeasedQuerySet["PackImport"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            # The same file uploaded again, as after a reload, is the same import.
            models.UniqueConstraint(
                fields=["team", "actor", "sha256"],
                condition=Q(state__in=(PackState.OPEN, *PACK_LIVE)),
                name="one_open_import_a_pack",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=PACK_LIVE), name="live_imports_due"),
            models.Index(fields=["team", "-created_at"], name="imports_of_team"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self.state in {PackState.DONE, PackState.STOPPED}


class PackRowState(models.TextChoices):
    """The state of a voice of a pack. `sent` has a job; `made` is in the library, with the pack's tags and notes."""

    WAITING = "waiting"
    SENT = "sent"
    MADE = "made"
    SKIPPED = "skipped"
    FAILED = "failed"


class PackImportRow(models.Model):
    """A voice of a pack: `content` is what the manifest says (`voices.kit.packed_voices`), `name` as typed.

    `receipt` is the signed receipt of its consent, as it came. `sealed_secrets` are the values that the pack lacks,
    until they are sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.ForeignKey(PackImport, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    source = models.UUIDField()  # the voice's id where it was exported
    content = models.JSONField()
    receipt = models.TextField(blank=True)
    # Whether a key of this installation signed it, for the pack's recording.
    is_receipt_ours = models.BooleanField(default=False)
    name = models.CharField(max_length=200)
    is_chosen = models.BooleanField(default=True)
    sealed_secrets = models.BinaryField(null=True, blank=True, editable=False)
    state = models.CharField(max_length=10, choices=PackRowState, default=PackRowState.WAITING)
    message = models.CharField(max_length=500, blank=True)
    job = models.ForeignKey(
        CloneJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="pack_rows"
    )
    voice = models.ForeignKey(
        Voice, null=True, blank=True, on_delete=models.SET_NULL, related_name="pack_rows"
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pack", "position"], name="one_voice_a_place"),
        ]
        indexes: ClassVar = [models.Index(fields=["source"], name="imported_from")]

    def __str__(self) -> str:
        return self.name

    @property
    def packed(self) -> PackedVoice:
        """The voice's entry in the manifest."""
        return PackedVoice.from_json(self.content)

    def move(self, to: PackRowState, **columns: Any) -> bool:
        """Move the row to a state. Return False if its state is no longer that of this object."""
        columns["state"] = to
        if type(self).objects.filter(pk=self.pk, state=self.state).update(**columns) != 1:
            return False
        for name, value in columns.items():
            setattr(self, name, value)
        return True
