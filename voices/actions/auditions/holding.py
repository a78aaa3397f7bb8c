"""Holding an audition: starting, ending and deleting it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from voices import audit
from voices.access import Verb, require, require_manager
from voices.actions import NotPossibleError
from voices.models import (
    MAX_VOICES,
    MIN_VOICES,
    Audition,
    Candidate,
    Membership,
    PreviewFile,
    PreviewState,
    Voice,
)

DAYS = (1, 3, 7, 14)
MAX_OPEN = 50


def hold_audition(
    *, member: Membership, title: str, voices: Collection[UUID], days: int | None, now: datetime
) -> Audition:
    """Start an audition of these voices. It ends after `days`, or when somebody ends it.

    Raises PermissionDenied; NotPossibleError if a voice cannot be heard.
    """
    require(member, Verb.HOLD_AUDITION)
    if not MIN_VOICES <= len(set(voices)) <= MAX_VOICES:
        raise NotPossibleError(f"Choose {MIN_VOICES} to {MAX_VOICES} voices.")
    audition = Audition(
        team=member.team, holder=member.user, holder_name=member.user.shown_name, title=title, created_at=now
    )
    audition.ends_at = now + timedelta(days=days) if days else None
    with transaction.atomic():
        _require_below_limit(member, now)
        found = _playable(member, voices, now)
        audition.save(force_insert=True)
        Candidate.objects.bulk_create(Candidate(audition=audition, voice=voice) for voice in found)
        # Without the names of the voices: listeners can read the history.
        audit.record_by(member, "audition.held", audition, voices=len(found))
    return audition


def _require_below_limit(member: Membership, now: datetime) -> None:
    still_open = Audition.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), team=member.team)
    if still_open.count() >= MAX_OPEN:
        raise NotPossibleError(
            f"Your team has {MAX_OPEN} auditions open, which is the limit. End some first."
        )


def _playable(member: Membership, voices: Collection[UUID], now: datetime) -> list[Voice]:
    rows = Voice.objects.of_team(member.team).select_related("preview", "consent").filter(pk__in=voices)
    found = list(rows.order_by("pk"))
    if len(found) < len(set(voices)):
        raise NotPossibleError("One of these voices is no longer in the library. Choose again.")
    for voice in found:
        preview: PreviewFile | None = getattr(voice, "preview", None)
        if voice.is_quarantined(now):
            raise NotPossibleError(f"{voice.name} can't be played: its consent ended. Choose another voice.")
        if preview is None or preview.state != PreviewState.READY:
            raise NotPossibleError(
                f"{voice.name} has no preview yet. Play it once in the library, then try again."
            )
    return found


def end_audition(*, member: Membership, audition: Audition, now: datetime) -> bool:
    """End the audition, so that its result is shown. Return False if it had ended. Raises PermissionDenied."""
    require_manager(member, audition)
    with transaction.atomic():
        still_open = Audition.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), pk=audition.pk)
        if not still_open.update(ends_at=now):
            return False
        audit.record_by(member, "audition.ended", audition)
    audition.ends_at = now
    return True


def delete_audition(*, member: Membership, audition: Audition) -> bool:
    """Delete the audition with all ratings. Return False if somebody else was first. Raises PermissionDenied."""
    require_manager(member, audition)
    with transaction.atomic():
        _, deleted = Audition.objects.filter(pk=audition.pk).delete()
        if not deleted:
            return False
        audit.record_by(member, "audition.deleted", audition)
    return True
