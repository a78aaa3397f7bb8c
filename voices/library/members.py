"""The members of a team, and what each owns there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from voices.models import ApiKey, CloneJob, Invitation, InvitationState, Membership, Voice, VoiceOrigin

CLONED = (VoiceOrigin.CLONED, VoiceOrigin.CREATED, VoiceOrigin.ADOPTED)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, with the number of their stored keys, the voices that they cloned, and their clones under way."""

    member: Membership
    keys: int
    voices: int
    jobs: int


def team_members(member: Membership) -> list[MemberRow]:
    """Return everybody in the team, by name; four queries."""
    found = Membership.objects.filter(team=member.team).select_related("user")
    people = sorted(found, key=lambda one: (one.user.shown_name.casefold(), one.pk))
    return _rows(people)


def member_row(member: Membership) -> MemberRow:
    """Return one member's row."""
    return _rows([member])[0]


def _rows(people: list[Membership]) -> list[MemberRow]:
    if not people:
        return []
    team, users = people[0].team_id, [one.user_id for one in people]
    keys = _count(ApiKey.objects.stored().filter(owner__in=users), "owner")
    voices = Voice.objects.filter(team=team, added_by__in=users, origin__in=CLONED, deleted_at=None)
    cloned = _count(voices, "added_by")
    jobs = _count(CloneJob.objects.live().filter(team=team, actor__in=users), "actor")
    return [
        MemberRow(one, keys.get(one.user_id, 0), cloned.get(one.user_id, 0), jobs.get(one.user_id, 0))
        for one in people
    ]


def _count(records: QuerySet[Any], person: str) -> Mapping[int, int]:
    return dict(records.order_by().values_list(person).annotate(count=Count("pk")))


def open_invitations(member: Membership, *, now: datetime) -> list[tuple[Invitation, bool]]:
    """Return the team's invitations that nobody accepted, newest first, and whether each has expired."""
    found = Invitation.objects.filter(team=member.team_id, state=InvitationState.OPEN).select_related(
        "inviter"
    )
    return [(one, one.has_expired(now)) for one in found.order_by("-created_at", "-pk")]
