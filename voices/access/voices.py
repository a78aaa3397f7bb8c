"""The voices that a member may read, change, play and clone again."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from voices.access.roles import Verb, require
from voices.models import Membership, Voice

NO_VOICE = "There is no such voice in your team's library."


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


def get_compared_voices_for(member: Membership, voice_ids: Sequence[UUID]) -> list[Voice]:
    """Return these voices of the team in that order, with everything that a comparison shows. Raises Http404."""
    require(member, Verb.SEE_LIBRARY)
    parts = ("preview", "consent", "account", "added_by")
    rows = Voice.objects.of_team(member.team).select_related(*parts).prefetch_related("tags")
    found = rows.in_bulk(voice_ids)
    if len(found) != len(voice_ids):
        raise Http404(NO_VOICE)
    return [found[one] for one in voice_ids]


def _allowed(member: Membership, voice_id: UUID, verb: Verb) -> Voice:
    voice = get_voice_for(member, voice_id)
    require(member, verb)
    if voice.deleted_at is not None:
        raise Http404(NO_VOICE)
    return voice


def _found(voices: QuerySet[Voice], voice_id: UUID) -> Voice:
    try:
        return voices.get(
            pk=voice_id
        )  # `first` sorts: with as many columns, that doubles the time of the query
    except Voice.DoesNotExist:
        raise Http404(NO_VOICE) from None
