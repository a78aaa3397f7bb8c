"""Auditions: who may open, rate and manage them, and the voice behind a listener's token."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.access.records import CONSENT_ENDED
from voices.access.roles import Verb, may_own_or_all, require
from voices.models import Audition, Candidate, Membership

NO_AUDITION = "There is no such audition in your team."
NO_CANDIDATE = "There is no such voice in this audition."


def get_audition_for(member: Membership, audition_id: UUID) -> Audition:
    """Return an audition of the team. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    found = Audition.objects.select_related("team").filter(team=member.team, pk=audition_id).first()
    if found is None:
        raise Http404(NO_AUDITION)
    return found


def candidates_for(member: Membership, audition: Audition) -> dict[str, Candidate]:
    """Return the audition's voices by the member's tokens, in the member's order."""
    rows = Candidate.objects.select_related("audition", "voice__preview", "voice__consent").order_by("pk")
    return dict(sorted((one.token_for(member.user), one) for one in rows.filter(audition=audition)))


def get_candidate_for(member: Membership, audition_id: UUID, token: str, *, now: datetime) -> Candidate:
    """Return the voice of the member's token with its preview, to be played.

    Raises Http404, also for another listener's token and once the audition has ended; PermissionDenied in quarantine.
    """
    require(member, Verb.RATE_VOICES)
    audition = get_audition_for(member, audition_id)
    found = candidates_for(member, audition).get(token)
    if found is None or found.voice.deleted_at is not None or not audition.is_open(now):
        raise Http404(NO_CANDIDATE)
    if found.voice.is_quarantined(now):
        raise PermissionDenied(CONSENT_ENDED)
    return found


def may_manage_audition(member: Membership, audition: Audition) -> bool:
    """Whether the member may end and delete that audition: an editor's own, an admin's any."""
    own, every = Verb.HOLD_AUDITION, Verb.MANAGE_AUDITIONS
    return may_own_or_all(member, own, every, owner_id=audition.holder_id)


def require_manager(member: Membership, audition: Audition) -> None:
    """Raise PermissionDenied, with a message for the person, unless `may_manage_audition`."""
    require(member, Verb.HOLD_AUDITION)
    if not may_manage_audition(member, audition):
        raise PermissionDenied(f"This is an audition of {audition.holder_name}. Ask them or a team admin.")


def get_managed_audition_for(member: Membership, audition_id: UUID) -> Audition:
    """Return an audition that the member may end and delete. Raises Http404, PermissionDenied."""
    audition = get_audition_for(member, audition_id)
    require_manager(member, audition)
    return audition
