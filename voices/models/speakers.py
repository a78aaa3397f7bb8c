"""Requests for recordings to speakers, who have no account and use a link."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from voices.models.consents import Consent, ConsentStatement, Relation
from voices.models.people import Team, User
from voices.models.samples import Sample


class RequestState(models.TextChoices):
    """The state of a request. An open one may have expired, which only the clock decides."""

    OPEN = "open"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


REQUEST_MOVES: dict[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset({RequestState.RECEIVED, RequestState.WITHDRAWN, RequestState.REPLACED}),
    RequestState.RECEIVED: frozenset({RequestState.ACCEPTED, RequestState.DECLINED, RequestState.REPLACED}),
    RequestState.ACCEPTED: frozenset(),
    RequestState.DECLINED: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
    RequestState.REPLACED: frozenset(),
}
# The recording is still wanted.
KEEPS_RECORDING = (RequestState.RECEIVED, RequestState.ACCEPTED)


class SpeakerRequest(models.Model):
    """A link for a speaker, and the recording received by it. One link takes one recording.

    Only a hash of the link's token is stored. `statement` is the text that the link shows and that the speaker agrees
    to; if `is_spoken`, they read it aloud as well, before the script. `signed_name` is what they typed when they
    agreed. A request that asks again is a row of its own: `earlier` is the one that it replaces, `remark` what the
    speaker is to do differently. The recording of a request that was declined or replaced is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="speaker_requests")
    requester = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="speaker_requests")
    requester_name = models.CharField(max_length=120)
    speaker = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    relation = models.CharField(max_length=12, choices=Relation)
    purpose = models.CharField(max_length=300)
    language = models.CharField(max_length=10)
    statement = models.ForeignKey(ConsentStatement, on_delete=models.RESTRICT, related_name="requests")
    is_spoken = models.BooleanField(default=True)
    remark = models.CharField(max_length=300, blank=True)
    earlier = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="later"
    )
    form_token = models.UUIDField(unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    signed_name = models.CharField(max_length=120, blank=True)
    sample = models.ForeignKey(
        Sample, null=True, blank=True, on_delete=models.SET_NULL, related_name="speaker_requests"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.SET_NULL, related_name="speaker_requests"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["team", "-created_at"], name="requests_of_team")]

    def __str__(self) -> str:
        return self.speaker

    @property
    def reference(self) -> str:
        """The beginning of its id, as a reference for people."""
        return str(self.pk)[:8]

    def is_open(self, now: datetime) -> bool:
        """Whether the speaker may still send a recording."""
        return self.state == RequestState.OPEN and now < self.expires_at

    def has_expired(self, now: datetime) -> bool:
        """Whether the link expired before a recording arrived."""
        return self.state == RequestState.OPEN and now >= self.expires_at

    def move(self, to: RequestState, **columns: Any) -> bool:
        """Move to a state. Return False if its state is no longer that of this object.

        Raises ValueError off the REQUEST_MOVES table.
        """
        if to not in REQUEST_MOVES[RequestState(self.state)]:
            raise ValueError(f"a request does not move from {self.state} to {to}")
        values = {"state": to, **columns}
        if not SpeakerRequest.objects.filter(pk=self.pk, state=self.state).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True
