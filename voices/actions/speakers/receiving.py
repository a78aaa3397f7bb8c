"""The submission of a speaker: one recording, and their agreement."""

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.utils import timezone

from voices import audit
from voices.access import still_asks
from voices.actions import Now
from voices.actions.clone.samples import store_speaker_sample
from voices.models import RequestState, SpeakerRequest


class LinkClosedError(Exception):
    """The link is used, expired, withdrawn or replaced; its request says which."""


def is_open(request: SpeakerRequest, *, now: Now = timezone.now) -> bool:
    """Whether the link accepts a recording: it is open, and its requester may still ask."""
    return request.is_open(now()) and still_asks(request)


def receive_recording(
    *,
    request: SpeakerRequest,
    file: TemporaryUploadedFile,
    sha256: str,
    signed_name: str,
    now: Now = timezone.now,
) -> SpeakerRequest:
    """Store the recording for review, with the name that the speaker typed to agree. Return the request.

    Of two at once the first wins. Expiry is checked before the recording is examined. The client's address is not
    stored. Raises LinkClosedError, RefusedSampleError, StorageError.
    """
    if not is_open(request, now=now):
        raise LinkClosedError
    sample = store_speaker_sample(team=request.team, file=file, sha256=sha256, now=now)
    with transaction.atomic():
        columns = {"sample": sample, "signed_name": signed_name, "received_at": now()}
        if not request.move(RequestState.RECEIVED, **columns):
            raise LinkClosedError
        audit.record(
            actor=None, team=request.team, verb="speaker.sent", thing=request, sample=sample.sha256,
            agreed_by=signed_name, statement=request.statement.reference, statement_sha256=request.statement.sha256,
        )  # fmt: skip
    return request
