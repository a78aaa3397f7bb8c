"""Requests to speakers: the team's list, with the status of each."""

from dataclasses import dataclass
from datetime import datetime

from voices.models import Consent, Membership, RequestState, SpeakerRequest

NEWEST = 200


@dataclass(frozen=True)
class Standing:
    """The status of a request: a label, and its tone (good, bad, warn or "")."""

    label: str
    tone: str = ""


EXPIRED = Standing("Expired", "warn")
STANDINGS = {
    RequestState.OPEN: Standing("Waiting for the speaker"),
    RequestState.RECEIVED: Standing("To review", "warn"),
    RequestState.ACCEPTED: Standing("Accepted", "good"),
    RequestState.DECLINED: Standing("Declined", "bad"),
    RequestState.WITHDRAWN: Standing("Withdrawn"),
    RequestState.REPLACED: Standing("Asked again"),
}


def standing_of(request: SpeakerRequest, *, now: datetime) -> Standing:
    """Return the current status of the request."""
    return EXPIRED if request.has_expired(now) else STANDINGS[RequestState(request.state)]


def newest_requests(member: Membership, *, now: datetime) -> list[tuple[SpeakerRequest, Standing]]:
    """Return the team's latest requests, each with its status."""
    found = SpeakerRequest.objects.filter(team=member.team).order_by("-created_at", "-pk")
    return [(one, standing_of(one, now=now)) for one in found[:NEWEST]]


def came_by_link(consent: Consent) -> bool:
    """Whether the speaker agreed by a link, so that nobody else can record it again."""
    return SpeakerRequest.objects.filter(consent=consent).exists()


def count_to_review(member: Membership) -> int:
    """Return the number of speakers' recordings that wait for a decision."""
    return SpeakerRequest.objects.filter(team=member.team, state=RequestState.RECEIVED).count()
