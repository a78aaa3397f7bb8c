"""Recordings, as uploaded and as sent."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.fields.files import FieldFile

from voices.models.people import Team, User


def sample_path(sample: "Sample", filename: str) -> str:
    """Return samples/<team>/<name>. actions/files.py makes the name; it is never what a person typed."""
    return f"samples/{sample.team_id}/{filename}"


class Sample(models.Model):
    """A checked recording, kept once per team and hash of the bytes received. `file` holds what is sent.

    `original` holds the bytes received; it is empty where those are what is sent. A part cut from a recording, or
    a repaired one, is a sample of its own: `parent` is the recording as it came, `edit` what was chosen
    (`voices.audio.edits.Edit`). `report` holds the measures (`voices.audio.report.facts.Report`), with the
    version of the measuring code; null on samples of earlier releases.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="samples")
    uploader = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="samples")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=sample_path, max_length=255)
    sent_sha256 = models.CharField(max_length=64)
    sent_size_bytes = models.PositiveBigIntegerField()
    sent_container = models.CharField(max_length=4, default="wav")  # wav or mp3
    original = models.FileField(upload_to=sample_path, max_length=255, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="edited_samples"
    )
    edit = models.JSONField(default=dict, blank=True)
    report = models.JSONField(null=True, blank=True)
    report_version = models.PositiveSmallIntegerField(null=True, blank=True)
    container = models.CharField(max_length=10)
    codec = models.CharField(max_length=40, blank=True)
    seconds = models.FloatField()
    rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    bit_rate = models.PositiveIntegerField(null=True, blank=True)
    finding = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()  # last chosen in a form; unused samples are deleted an hour later

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "sha256"], name="one_sample_a_team_and_hash"),
        ]
        indexes: ClassVar = [models.Index(fields=["used_at"], name="sample_used_at")]

    def __str__(self) -> str:
        return self.filename

    @property
    def content_type(self) -> str:
        """The type to send, decided by what the probe found and never by the browser."""
        return "audio/mpeg" if self.sent_container == "mp3" else "audio/wav"

    @property
    def source(self) -> "Sample":
        """The uploaded recording: the one that this was edited from, or this one."""
        return self.parent or self

    @property
    def received(self) -> FieldFile:
        """The file as it was received."""
        return self.original or self.file
