"""Permissions, and the only way to a record: functions that check before they return it.

A record of another team is a 404, so that nobody learns that it exists; one that the role forbids is a 403.
They take the membership (a person in a team), so that a person's second team never leaks into the first.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from voices.models import (
    Alias,
    ApiKey,
    BulkRun,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Consent,
    Membership,
    Role,
    Sample,
    SavedView,
    SpeakerRequest,
    Tag,
    Team,
    User,
    Voice,
)

CONSENT_ENDED = "The consent for this voice was withdrawn or has expired, so it can't be played."
NO_VOICE = "There is no such voice in your team's library."


class Verb(StrEnum):
    """What can be done in a team. ORGANISE covers tags, stages, notes, aliases and shared views.

    WITHDRAW_OWN_CONSENT covers what a person stated themselves, WITHDRAW_CONSENT all of the team; ASK_SPEAKER and
    DECIDE_ALL_REQUESTS likewise.
    """

    SEE_LIBRARY = "see_library"
    CLONE = "clone"
    SYNC = "sync"
    EDIT_VOICE = "edit_voice"
    DELETE_VOICE = "delete_voice"
    CLONE_AGAIN = "clone_again"
    STATE_CONSENT = "state_consent"
    WITHDRAW_OWN_CONSENT = "withdraw_own_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    ASK_SPEAKER = "ask_speaker"
    DECIDE_ALL_REQUESTS = "decide_all_requests"
    ORGANISE = "organise"
    CHANGE_TEAM = "change_team"
    SEE_ALL_JOBS = "see_all_jobs"


ROLE_VERBS: dict[str, frozenset[Verb]] = {
    Role.VIEWER: frozenset({Verb.SEE_LIBRARY}),
    Role.EDITOR: frozenset(
        {
            Verb.SEE_LIBRARY,
            Verb.CLONE,
            Verb.SYNC,
            Verb.EDIT_VOICE,
            Verb.DELETE_VOICE,
            Verb.ORGANISE,
            Verb.STATE_CONSENT,
            Verb.WITHDRAW_OWN_CONSENT,
            Verb.ASK_SPEAKER,
        }
    ),
    Role.ADMIN: frozenset(Verb),
}


def may(member: Membership, verb: Verb) -> bool:
    """Whether the member's role allows the verb."""
    return verb in ROLE_VERBS[member.role]


def require(member: Membership, verb: Verb) -> None:
    """Raise PermissionDenied, with a message for the person, if the member's role does not allow the verb."""
    if not may(member, verb):
        raise PermissionDenied(
            f"Your role in {member.team.name} ({member.get_role_display()}) does not allow this. Ask a team admin."
        )


def may_manage(actor: User, person: User) -> bool:
    """Whether the actor may change that person's account, which opens all that the person may do.

    Nobody reaches above their own level: not to a superuser, not to a permission that they lack themselves, and not
    to a higher role in a team.
    """
    if actor.is_superuser:
        return True
    if person.is_superuser or not _permissions(person) <= _permissions(actor):
        return False
    own = dict(Membership.objects.filter(user=actor).values_list("team", "role"))
    theirs = Membership.objects.filter(user=person).values_list("team", "role")
    return all(team in own and ROLE_VERBS[role] <= ROLE_VERBS[own[team]] for team, role in theirs)


def _permissions(user: User) -> set[int]:
    """Return the ids of a person's permissions, also while they are deactivated: that can be undone."""
    granted = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(granted.values_list("pk", flat=True))


def teams_run_by(actor: User) -> QuerySet[Team]:
    """Return the teams whose members and roles the actor may change: a superuser's are all."""
    if actor.is_superuser:
        return Team.objects.all()
    return Team.objects.filter(memberships__user=actor, memberships__role=Role.ADMIN)


def memberships_of(user: User) -> list[Membership]:
    """Return the person's memberships with their teams, by team name; one query."""
    return list(
        Membership.objects.filter(user=user).select_related("team", "user").order_by("team__name", "id")
    )


def current_membership(memberships: list[Membership], team_id: object) -> Membership | None:
    """Return the membership in the session's team, else the first; None for a person in no team."""
    chosen = str(team_id or "")
    return next((one for one in memberships if str(one.team_id) == chosen), next(iter(memberships), None))


def get_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a voice of the team, even a deleted one, with all that its page shows. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    parts = (
        "preview",
        "account",
        "job__replaces",
        "consent__statement",
        "consent__spoken",
        "sample__parent",
        "steward",
        "steward__owner",
        "added_by",
        "deleted_by",
        "notes_by",
        "team",
    )
    return _found(Voice.objects.filter(team=member.team).select_related(*parts), voice_id)


def get_editable_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a voice that the member may rename and describe. Raises Http404, PermissionDenied."""
    return _allowed(member, voice_id, Verb.EDIT_VOICE)


def get_organisable_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a voice whose tags, stage, notes and aliases the member may change. Raises Http404, PermissionDenied."""
    return _allowed(member, voice_id, Verb.ORGANISE)


def get_consentable_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a voice for which the member may record consent. Raises Http404, PermissionDenied."""
    return _allowed(member, voice_id, Verb.STATE_CONSENT)


def get_tombstone_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a deleted or gone voice that the member may clone again. Raises Http404, PermissionDenied."""
    voice = get_voice_for(member, voice_id)
    require(member, Verb.CLONE_AGAIN)
    return voice


def get_played_voice_for(member: Membership, voice_id: UUID) -> Voice:
    """Return a voice of the team with its preview and consent only, as players ask for it often. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    return _found(Voice.objects.of_team(member.team).select_related("preview", "consent"), voice_id)


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
    if may(member, Verb.WITHDRAW_CONSENT):
        return True
    return may(member, Verb.WITHDRAW_OWN_CONSENT) and consent.stated_by_id == member.user_id


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
    if may(member, Verb.DECIDE_ALL_REQUESTS):
        return True
    return may(member, Verb.ASK_SPEAKER) and request.requester_id == member.user_id


def require_decider(member: Membership, request: SpeakerRequest) -> None:
    """Raise PermissionDenied, with a message for the person, unless `may_decide`."""
    require(member, Verb.ASK_SPEAKER)
    if not may_decide(member, request):
        raise PermissionDenied(f"This is a request of {request.requester_name}. Ask them or a team admin.")


def get_link_request(token_hash: str) -> SpeakerRequest | None:
    """Return the request whose link has the token of that hash: who holds the link is its speaker. None without one."""
    parts = ("team", "requester", "statement", "earlier")
    return SpeakerRequest.objects.select_related(*parts).filter(token_hash=token_hash).first()


def still_asks(request: SpeakerRequest) -> bool:
    """Whether the requester may still ask in the team's name: not after leaving it, or as a viewer."""
    asking = Membership.objects.filter(team=request.team_id, user=request.requester_id, user__is_active=True)
    return any(may(one, Verb.ASK_SPEAKER) for one in asking)


def require_withdrawal(member: Membership, consent: Consent) -> None:
    """Raise PermissionDenied, with a message for the person, unless the member may withdraw that consent."""
    require(member, Verb.WITHDRAW_OWN_CONSENT)
    if not may_withdraw(member, consent):
        raise PermissionDenied("Only who recorded this consent and team admins may withdraw it.")


def get_withdrawable_consent_for(member: Membership, uid: UUID) -> Consent:
    """Return a consent that the member may withdraw. Raises Http404, PermissionDenied."""
    require(member, Verb.WITHDRAW_OWN_CONSENT)
    consent = get_consent_for(member, uid)
    require_withdrawal(member, consent)
    return consent


def _allowed(member: Membership, voice_id: UUID, verb: Verb) -> Voice:
    voice = get_voice_for(member, voice_id)
    require(member, verb)
    if voice.deleted_at is not None:
        raise Http404(NO_VOICE)
    return voice


def _found(voices: QuerySet[Voice], voice_id: UUID) -> Voice:
    voice = voices.filter(pk=voice_id).first()
    if voice is None:
        raise Http404(NO_VOICE)
    return voice


def get_tag_for(member: Membership, tag_id: int) -> Tag:
    """Return a tag of the team that the member may rename, merge and remove. Raises Http404, PermissionDenied."""
    tag = Tag.objects.filter(team=member.team, pk=tag_id).first()
    if tag is None:
        raise Http404("There is no such tag in your team.")
    require(member, Verb.ORGANISE)
    return tag


def get_alias_for(member: Membership, alias_id: UUID) -> Alias:
    """Return an alias of the team that the member may move. Raises Http404, PermissionDenied."""
    alias = Alias.objects.select_related("voice").filter(team=member.team, pk=alias_id).first()
    if alias is None:
        raise Http404("There is no such alias in your team.")
    require(member, Verb.ORGANISE)
    return alias


def get_view_for(member: Membership, view_id: UUID) -> SavedView:
    """Return a saved view that the member may change: their own, or a shared one for an admin. Raises Http404."""
    views = SavedView.objects.filter(team=member.team, pk=view_id)
    if member.role != Role.ADMIN:
        views = views.filter(owner=member.user)
    view = views.filter(Q(owner=member.user) | Q(is_shared=True)).first()
    if view is None:
        raise Http404("You have no such saved view.")
    return view


def get_bulk_run_for(member: Membership, run_id: UUID) -> BulkRun:
    """Return a bulk change of the member's own, or any of the team for an admin. Raises Http404."""
    runs = BulkRun.objects.select_related("team", "actor").filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        runs = runs.filter(actor=member.user)
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404("There is no such change of yours.")
    return run


def get_job_for(member: Membership, job_id: UUID) -> CloneJob:
    """Return a clone job of the member's own, or any of the team for an admin. Raises Http404."""
    jobs = CloneJob.objects.with_parts().filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        jobs = jobs.filter(actor=member.user)
    job = jobs.filter(pk=job_id).first()
    if job is None:
        raise Http404("There is no such clone of yours.")
    return job


def get_batch_for(member: Membership, batch_id: UUID) -> CloneBatch:
    """Return a batch of recordings of the member's own, or any of the team for an admin. Raises Http404."""
    batch = _batches_for(member).filter(pk=batch_id).first()
    if batch is None:
        raise Http404("There is no such batch of yours.")
    return batch


def get_batch_row_for(member: Membership, row_id: int) -> CloneBatchRow:
    """Return a row of such a batch, with the batch. Raises Http404."""
    rows = CloneBatchRow.objects.select_related("batch__team", "batch__key__account")
    row = rows.filter(batch__in=_batches_for(member), pk=row_id).first()
    if row is None:
        raise Http404("There is no such recording in a batch of yours.")
    return row


def _batches_for(member: Membership) -> QuerySet[CloneBatch]:
    batches = CloneBatch.objects.select_related("team", "actor", "key__account").filter(team=member.team)
    return batches if may(member, Verb.SEE_ALL_JOBS) else batches.filter(actor=member.user)


def get_key_for(user: User, key_id: UUID) -> ApiKey:
    """Return a stored key of that person. Raises Http404."""
    key = ApiKey.objects.owned_by(user).filter(pk=key_id).first()
    if key is None:
        raise Http404("You have no such key.")
    return key


def get_sample_for(member: Membership, sample_id: UUID) -> Sample | None:
    """Return a sample of the team, or None if it was deleted or is another team's.

    Whoever names it holds a signed value made for them; a teammate may have uploaded the same bytes first.
    """
    return Sample.objects.filter(team=member.team, pk=sample_id).first()


def get_heard_sample_for(member: Membership, sample_id: UUID, *, now: datetime) -> Sample:
    """Return a recording of the team that the member may hear. Raises Http404, PermissionDenied.

    Nobody may if its consent was withdrawn or has expired.
    """
    require(member, Verb.CLONE)
    sample = Sample.objects.select_related("parent").filter(team=member.team, pk=sample_id).first()
    if sample is None:
        raise Http404("There is no such recording in your team.")
    if Consent.objects.quarantine(sample, now):
        raise PermissionDenied(CONSENT_ENDED)
    return sample
