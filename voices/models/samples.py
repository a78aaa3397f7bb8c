"""Recordings: as received (hash, size) and as sent (the file that is kept)."""

import uuid
from typing import ClassVar

from django.db import models

from voices.models.people import Team, User


class Basis(models.TextChoices):
    """Why a voice may be cloned, as the person says who sends it."""

    OWN = "own", "Mine"
    AGREED = "agreed", "Somebody’s who agreed"
    MADE = "made", "Nobody’s: it was generated"


def sample_path(sample: "Sample", filename: str) -> str:
    """samples/<team>/<name>; the name is made by actions/files.py and never a person's."""
    return f"samples/{sample.team_id}/{filename}"


class Sample(models.Model):
    """A checked recording, kept once a team by the hash of the bytes received; the file holds what is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="samples")
    uploader = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="samples")
    filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    file = models.FileField(upload_to=sample_path, max_length=255)
    sent_sha256 = models.CharField(max_length=64)
    sent_size_bytes = models.PositiveBigIntegerField()
    container = models.CharField(max_length=10)
    codec = models.CharField(max_length=40, blank=True)
    seconds = models.FloatField()
    rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    bit_rate = models.PositiveIntegerField(null=True, blank=True)
    finding = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()  # last chosen in a form: loose samples are swept an hour after it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "sha256"], name="one_sample_a_team_and_hash"),
        ]
        indexes: ClassVar = [models.Index(fields=["used_at"], name="sample_used_at")]

    def __str__(self) -> str:
        return self.filename

    @property
    def content_type(self) -> str:
        """The type to send: decided by what the probe found, never by the browser."""
        return "audio/mpeg" if self.container == "mp3" else "audio/wav"


class Consent(models.Model):
    """What a person said of whose voice a recording holds, when they sent it to be cloned. Never changed afterwards."""

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="consents")
    basis = models.CharField(max_length=10, choices=Basis)
    speaker = models.CharField(max_length=120, blank=True)  # who agreed
    proof = models.CharField(max_length=200, blank=True)  # where that is written: a link, a contract's number
    stated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="consents")
    stated_at = models.DateTimeField()

    def __str__(self) -> str:
        if self.basis == Basis.AGREED:
            return f"{self.speaker} consented" + (f", proof: {self.proof}" if self.proof else "")
        return "Their own voice" if self.basis == Basis.OWN else "Synthetic voice"
