"""The cached preview of a voice; its row is also the request to fetch it."""

from typing import ClassVar

from django.db import models

from voices.models.leases import LeasedQuerySet, LeasedRow
from voices.models.voice import Voice


def preview_path(preview: "PreviewFile", filename: str) -> str:
    """Return previews/<team>/<name>. actions/files.py makes the name."""
    return f"previews/{preview.voice.team_id}/{filename}"


class PreviewState(models.TextChoices):
    """The state of the fetch of a preview."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class PreviewFile(LeasedRow):
    """One stored preview. `content_type` is decided by the bytes; `peaks` are 0..100 for the waveform."""

    LIVE_STATES = (PreviewState.WAITING,)

    voice = models.OneToOneField(Voice, on_delete=models.CASCADE, related_name="preview")
    state = models.CharField(max_length=10, choices=PreviewState, default=PreviewState.WAITING)
    file = models.FileField(upload_to=preview_path, max_length=255, blank=True)
    content_type = models.CharField(max_length=20, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    etag = models.CharField(max_length=80, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    peaks = models.JSONField(default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[LeasedQuerySet["PreviewFile"]] = LeasedQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=models.Q(state=PreviewState.WAITING), name="waiting_previews_due"
            ),
        ]

    def __str__(self) -> str:
        return f"preview of {self.voice_id}"

    @property
    def extension(self) -> str:
        """The stored file's ending, from the decided type."""
        return "mp3" if self.content_type == "audio/mpeg" else "wav"
