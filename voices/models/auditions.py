"""Blind auditions: members rate voices without knowing which is which."""

import hmac
import uuid
from datetime import datetime
from secrets import token_hex
from typing import ClassVar

from django.db import models
from django.db.models import Q

from voices.models.people import Team, User
from voices.models.voice import Voice

MIN_VOICES, MAX_VOICES = 2, 8
LOWEST, HIGHEST = 1, 5


def _shuffle_key() -> str:
    return token_hex(16)


class Audition(models.Model):
    """A question about some voices, which members answer by ear.

    `ends_at` is when ratings are no longer taken: chosen at the start, or the moment in which somebody ended it. What
    listeners see of a voice is a token made from `shuffle_key`, so that their order and addresses differ.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="auditions")
    holder = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="auditions")
    holder_name = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    shuffle_key = models.CharField(max_length=32, default=_shuffle_key, editable=False)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["team", "-created_at"], name="auditions_of_team")]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime) -> bool:
        """Whether ratings are taken."""
        return self.ends_at is None or now < self.ends_at

    def digest(self, *parts: object) -> str:
        """Return a name for the parts that tells nothing about them."""
        text = ":".join(str(part) for part in parts)
        return hmac.digest(self.shuffle_key.encode(), text.encode(), "sha256").hex()[:32]


class LeftOut(models.TextChoices):
    """Why a voice can no longer be heard and is not ranked."""

    DELETED = "deleted", "it was deleted"
    QUARANTINED = "quarantined", "its consent was withdrawn or has expired"


class Candidate(models.Model):
    """A voice in an audition."""

    audition = models.ForeignKey(Audition, on_delete=models.CASCADE, related_name="candidates")
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="candidates")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audition", "voice"], name="one_candidate_a_voice")
        ]

    def __str__(self) -> str:
        return f"candidate {self.pk}"

    def token_for(self, listener: User) -> str:
        """Return what a listener's pages call it: another one for each listener, in whose order they hear them."""
        return self.audition.digest(listener.pk, self.pk)

    def left_out(self, at: datetime) -> LeftOut | None:
        """Return why the voice was not to be heard at that time, as far as its row says; None if it was."""
        voice, consent = self.voice, self.voice.consent
        if voice.deleted_at is not None and voice.deleted_at <= at:
            return LeftOut.DELETED
        ends = (consent.withdrawn_at, consent.expires_at) if consent else ()
        return LeftOut.QUARANTINED if any(end is not None and end <= at for end in ends) else None


class Ballot(models.Model):
    """One member's ratings of an audition's voices; final once finished."""

    audition = models.ForeignKey(Audition, on_delete=models.CASCADE, related_name="ballots")
    voter = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="ballots")
    voter_name = models.CharField(max_length=120)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audition", "voter"], name="one_ballot_a_member")
        ]

    def __str__(self) -> str:
        return f"ballot {self.pk}"


class Rating(models.Model):
    """A member's rating of one voice. The row is made when they start its preview; the score comes later, if at all."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="ratings")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="ratings")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    heard_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "candidate"], name="one_rating_a_voice"),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=LOWEST, score__lte=HIGHEST), name="score_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"
