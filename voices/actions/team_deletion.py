"""Deleting a team: at once for its members, with its rows and files deleted in the background.

Deleting a library of 100,000 voices in one transaction would block all writers for minutes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from voices import audit
from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.actions.members.offboarding import counted_sentence
from voices.kit.names import clean_name
from voices.models import (
    BulkRun,
    CloneJob,
    Consent,
    EndpointState,
    FileIntent,
    Invitation,
    InvitationState,
    Membership,
    Notice,
    PackImport,
    PreviewFile,
    RequestState,
    Sample,
    SpeakerRequest,
    State,
    Team,
    Voice,
    WebhookEndpoint,
)

BUSY = (
    "A clone or a change is being sent to Althea right now. Wait until it has finished, then delete the team."
)
WRONG_NAME = "This isn't the team's name. Type {name} to confirm."


def consequences_of_deletion(team: Team) -> list[str]:
    """Return what would be deleted and what would stay, as sentences with counts."""
    voices = Voice.objects.filter(team=team)
    at_althea = voices.available().custom().count()
    recordings, consents = (model.objects.filter(team=team).count() for model in (Sample, Consent))
    members = Membership.objects.filter(team=team).count()
    is_deleted = "is deleted here, with tags, aliases, notes and preview"
    are_deleted = "are deleted here, with tags, aliases, notes and previews"
    return [
        *counted_sentence(voices.count(), "voice", is_deleted, are_deleted),
        *counted_sentence(
            at_althea, "voice", "stays at Althea, in your accounts", "stay at Althea, in your accounts"
        ),
        *counted_sentence(recordings, "recording", "is deleted", "are deleted"),
        *counted_sentence(
            consents, "consent", "is deleted, with its receipt", "are deleted, with their receipts"
        ),
        *counted_sentence(
            members, "member", "loses access; account and keys stay", "lose access; accounts and keys stay"
        ),
    ]


def delete_team(*, member: Membership, name: str, now: datetime) -> None:
    """Remove everybody from the member's team and mark it deleted. `purge_deleted_teams` deletes its rows and files.

    `name` is what the person typed to confirm. Raises PermissionDenied, NotPossibleError.
    """
    require(member, Verb.DELETE_TEAM)
    with transaction.atomic():
        team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id, deleted_at=None)
        if clean_name(name) != team.name:
            raise NotPossibleError(WRONG_NAME.format(name=team.name))
        if _is_busy(team, now):
            raise NotPossibleError(BUSY)
        audit.record_by(member, "team.deleted", team, counts=consequences_of_deletion(team))
        _close(team, now)
        Team.objects.filter(pk=team.pk).update(deleted_at=now)


def _is_busy(team: Team, now: datetime) -> bool:
    return (
        CloneJob.objects.sent().filter(team=team).exists()
        or BulkRun.objects.live().filter(team=team).exists()
        or Voice.objects.filter(team=team, changing_until__gt=now).exists()
    )


def _close(team: Team, now: datetime) -> None:
    """End all pending work of the team."""
    ended: dict[str, Any] = {"ended_at": now, "lease_until": None}
    CloneJob.objects.unsent().filter(team=team).update(state=State.CANCELLED, **ended)
    Invitation.objects.filter(team=team, state=InvitationState.OPEN).update(state=InvitationState.REVOKED)
    SpeakerRequest.objects.filter(team=team, state=RequestState.OPEN).update(state=RequestState.WITHDRAWN)
    Voice.objects.filter(team=team).exclude(steward=None).update(steward=None)
    WebhookEndpoint.objects.filter(team=team).update(state=EndpointState.DISABLED)
    Membership.objects.filter(team=team).delete()


def purge_deleted_teams(*, now: datetime, limit: int = 1_000) -> int:
    """Delete some rows of a deleted team, and finally the team. Return the number of deleted rows in large tables.

    The sweep of orphaned files deletes its files.
    """
    team = Team.objects.exclude(deleted_at=None).order_by("deleted_at").first()
    if team is None:
        return 0
    # The proof of a deletion at Althea refers to its voice and is deleted only with the team.
    large: tuple[QuerySet[Any], ...] = (
        Notice.objects.filter(team=team),
        CloneJob.objects.filter(team=team),
        Voice.objects.filter(team=team, deletions=None),
    )
    for rows in large:
        if ids := list(rows.values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                _abandon(PreviewFile.objects.filter(voice__in=ids).values_list("file", flat=True), now)
                rows.model._default_manager.filter(pk__in=ids).delete()
            return len(ids)
    with transaction.atomic():
        for field in ("file", "original"):
            _abandon(Sample.objects.filter(team=team).values_list(field, flat=True), now)
        _abandon(PreviewFile.objects.filter(voice__team=team).values_list("file", flat=True), now)
        _abandon(PackImport.objects.filter(team=team).values_list("file", flat=True), now)
        team.delete()
    return 1


def _abandon(paths: Iterable[str], now: datetime) -> None:
    """Leave files to the sweep, in the transaction that deletes the rows naming them."""
    intents = [FileIntent(path=path, noted_at=now) for path in paths if path]
    FileIntent.objects.bulk_create(intents, batch_size=500, ignore_conflicts=True)
