"""Who may do what, and the only way to a record: fetchers that check before they give.

A foreign record is a 404, so that nobody learns that it exists; a known one that the role forbids is a 403.
Fetchers take the membership (a person in a team), so a person's second team never leaks into the first.
"""

from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.models import ApiKey, CloneJob, Membership, Role, Sample, User, Voice


class Verb(StrEnum):
    """What can be done in a team."""

    SEE_LIBRARY = "see_library"
    CLONE = "clone"
    SYNC = "sync"
    REMOVE_VOICE = "remove_voice"
    SEE_ALL_JOBS = "see_all_jobs"


ROLE_VERBS: dict[str, frozenset[Verb]] = {
    Role.VIEWER: frozenset({Verb.SEE_LIBRARY}),
    Role.EDITOR: frozenset({Verb.SEE_LIBRARY, Verb.CLONE, Verb.SYNC, Verb.REMOVE_VOICE}),
    Role.ADMIN: frozenset(Verb),
}


def may(member: Membership, verb: Verb) -> bool:
    """Whether the member's role allows the verb."""
    return verb in ROLE_VERBS[member.role]


def require(member: Membership, verb: Verb) -> None:
    """Passes if the member may; raises PermissionDenied with a sentence otherwise."""
    if not may(member, verb):
        raise PermissionDenied(
            f"Your role in {member.team.name} ({member.get_role_display()}) does not allow this. Ask a team admin."
        )


def memberships_of(user: User) -> list[Membership]:
    """The person's memberships with their teams, by team name; one query."""
    return list(
        Membership.objects.filter(user=user).select_related("team", "user").order_by("team__name", "id")
    )


def current_membership(memberships: list[Membership], team_id: object) -> Membership | None:
    """The membership of the session's team, else the first; None for a person in no team."""
    wanted = str(team_id or "")
    return next((one for one in memberships if str(one.team_id) == wanted), next(iter(memberships), None))


def get_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """A voice of the member's team with all that its page shows. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    parts = ("preview", "account", "job", "sample", "steward", "steward__owner", "added_by", "team")
    voice = Voice.objects.of_team(member.team).select_related(*parts).filter(pk=voice_id).first()
    if voice is None:
        raise Http404("There is no such voice in your team's library.")
    return voice


def get_gone_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """A voice that the member may remove once it is gone at Althea. Raises Http404, PermissionDenied."""
    voice = get_voice_for(member, voice_id)
    require(member, Verb.REMOVE_VOICE)
    return voice


def get_played_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """A voice of the member's team with its preview only: the bytes are asked for often. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    voice = Voice.objects.of_team(member.team).select_related("preview").filter(pk=voice_id).first()
    if voice is None:
        raise Http404("There is no such voice in your team's library.")
    return voice


def get_job_for(member: Membership, job_id: UUID) -> CloneJob:
    """A clone job of the member's own, or any of the team for an admin. Raises Http404."""
    jobs = CloneJob.objects.with_parts().filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        jobs = jobs.filter(actor=member.user)
    job = jobs.filter(pk=job_id).first()
    if job is None:
        raise Http404("There is no such clone of yours.")
    return job


def get_key_for(user: User, key_id: UUID) -> ApiKey:
    """A stored key of that person. Raises Http404."""
    key = ApiKey.objects.owned_by(user).filter(pk=key_id).first()
    if key is None:
        raise Http404("You have no such key.")
    return key


def get_sample_for(member: Membership, sample_id: UUID) -> Sample | None:
    """A kept sample of the member's team, or None when it was swept or is foreign.

    Whoever names it holds a signed value made for them; a teammate may have brought the same bytes first.
    """
    return Sample.objects.filter(team=member.team, pk=sample_id).first()
