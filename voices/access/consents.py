"""Consents and requests to speakers: who may read, withdraw and decide them."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.access.roles import Verb, may_own_or_all, require, still_may
from voices.models import Consent, Membership, SpeakerRequest


def get_consent_for(member: Membership, uid: UUID) -> Consent:
    """Return a consent of the team, with all that its page and its receipt say. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    parts = ("statement", "sample", "spoken", "stated_by", "withdrawn_by", "team")
    consent = Consent.objects.select_related(*parts).filter(team=member.team, uid=uid).first()
    if consent is None:
        raise Http404("There is no such consent in your team.")
    return consent


def may_withdraw(member: Membership, consent: Consent) -> bool:
    """Whether the member may withdraw that consent: an editor's own, an admin's any."""
    own, every = Verb.WITHDRAW_OWN_CONSENT, Verb.WITHDRAW_CONSENT
    return may_own_or_all(member, own, every, owner_id=consent.stated_by_id)


def get_request_for(member: Membership, request_id: UUID) -> SpeakerRequest:
    """Return a request to a speaker of the team, with all that its page shows. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    parts = ("team", "requester", "statement", "sample__parent", "decided_by", "earlier", "later", "consent")
    found = SpeakerRequest.objects.select_related(*parts).filter(team=member.team, pk=request_id).first()
    if found is None:
        raise Http404("There is no such request in your team.")
    return found


def may_decide(member: Membership, request: SpeakerRequest) -> bool:
    """Whether the member may withdraw and decide on that request: an editor's own, an admin's any."""
    own, every = Verb.ASK_SPEAKER, Verb.DECIDE_ALL_REQUESTS
    return may_own_or_all(member, own, every, owner_id=request.requester_id)


def require_decider(member: Membership, request: SpeakerRequest) -> None:
    """Raise PermissionDenied, with a message for the person, unless `may_decide`."""
    require(member, Verb.ASK_SPEAKER)
    if not may_decide(member, request):
        raise PermissionDenied(f"This is a request of {request.requester_name}. Ask them or a team admin.")


def get_link_request(token_hash: str) -> SpeakerRequest | None:
    """Return the request whose link's token has that hash; None without one. Having the link grants access."""
    parts = ("team", "requester", "statement", "earlier")
    return SpeakerRequest.objects.select_related(*parts).filter(token_hash=token_hash).first()


def still_asks(request: SpeakerRequest) -> bool:
    """Whether the requester is still in the team, in a role that may send requests."""
    return still_may(request.team_id, request.requester_id, Verb.ASK_SPEAKER)


def require_withdrawal(member: Membership, consent: Consent) -> None:
    """Raise PermissionDenied, with a message for the person, unless the member may withdraw that consent."""
    require(member, Verb.WITHDRAW_OWN_CONSENT)
    if not may_withdraw(member, consent):
        raise PermissionDenied("Only the person who recorded this consent and team admins can withdraw it.")


def get_withdrawable_consent_for(member: Membership, uid: UUID) -> Consent:
    """Return a consent that the member may withdraw. Raises Http404, PermissionDenied."""
    require(member, Verb.WITHDRAW_OWN_CONSENT)
    consent = get_consent_for(member, uid)
    require_withdrawal(member, consent)
    return consent
