"""Decisions on recordings that speakers have sent."""

from datetime import datetime

from django.db import transaction

from voices import audit
from voices.access import require_decider
from voices.actions.consents.stating import draft_consent, store_consent
from voices.actions.speakers.requests import close
from voices.models import Basis, Consent, Membership, RequestState, SpeakerRequest


def accept_recording(*, member: Membership, request: SpeakerRequest, now: datetime) -> SpeakerRequest:
    """Accept the recording, and record the speaker's consent to the statement that the link showed.

    It clones nothing. Raises PermissionDenied, NotPossibleError.
    """
    require_decider(member, request)
    with transaction.atomic():
        close(member, request, RequestState.ACCEPTED, now=now)
        consent = store_consent(_consent(request), member=member, sample=request.sample, now=now)
        SpeakerRequest.objects.filter(pk=request.pk).update(consent=consent)
        request.consent = consent
        facts = {"consent": str(consent), "consent_id": str(consent.uid)}
        audit.record_by(member, "consent.stated", request.sample or request, **facts)
    return request


def decline_recording(*, member: Membership, request: SpeakerRequest, now: datetime) -> SpeakerRequest:
    """Decline the recording, which is deleted later. Raises PermissionDenied, NotPossibleError."""
    require_decider(member, request)
    close(member, request, RequestState.DECLINED, now=now)
    return request


def _consent(request: SpeakerRequest) -> Consent:
    return draft_consent(
        team=request.team,
        basis=Basis.AGREED,
        speaker=request.signed_name,
        relation=request.relation,
        proof=f"Agreed by link on {request.received_at:%-d %B %Y}, request {request.reference}",
        statement=request.statement,
        spoken=request.sample if request.is_spoken else None,
    )
