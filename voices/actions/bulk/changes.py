"""Changing many voices of the team: at once within the request, or in chunks by the worker, one transaction each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from voices import audit
from voices.access import require
from voices.actions.bulk.submit import NEEDED, BulkOperation, hold_if_covered
from voices.actions.organise.tags import MAX_ON_VOICE, TagError, find_tag, get_or_create_tag
from voices.actions.voice.changed import voices_changed
from voices.models import BulkVerb, Favourite, Membership, Tag, Tagging, Voice, VoiceQuerySet

Ids = set[UUID]
FULL = f"It already has {MAX_ON_VOICE} tags, the limit for a voice."


@dataclass(frozen=True)
class BulkResult:
    """The voices that were changed, and those that could not be, each with the reason."""

    changed: Ids
    refused: Mapping[UUID, str] = field(default_factory=dict)


class NoTagError(Exception):
    """The team has no such tag, or cannot have another. The message is for the person."""


def prepare(*, member: Membership, operation: BulkOperation) -> BulkOperation:
    """Return the operation with the id of its tag, created if new, so that all chunks of a run mean the same tag.

    Raises NoTagError if the tag to remove does not exist, or if the team may have no more tags.
    """
    require(member, NEEDED[operation.verb])
    if "tag" not in operation.argument:
        return operation
    name = operation.argument["tag"]
    with transaction.atomic():
        tag = _create_tag(member, name) if operation.verb == BulkVerb.TAG else find_tag(member, name)
    if tag is None:
        raise NoTagError(f"Your team has no tag “{name}”, so there is nothing to remove.")
    return replace(operation, argument={"tag": tag.name, "tag_id": tag.pk})


def _create_tag(member: Membership, name: str) -> Tag:
    try:
        return get_or_create_tag(member=member, name=name)
    except TagError as problem:
        raise NoTagError(str(problem)) from problem


def change_at_once(
    *, member: Membership, operation: BulkOperation, voices: Sequence[UUID], now: datetime
) -> tuple[BulkOperation, BulkResult]:
    """Prepare the operation and carry it out. Return both.

    Raises NoTagError, PermissionDenied, WaitsForApprovalError (the two-person rule covers it).
    """
    hold_if_covered(member=member, operation=operation, voices=voices, now=now)
    with transaction.atomic():
        operation = prepare(member=member, operation=operation)
        return operation, change_voices(member=member, operation=operation, voices=voices, now=now)


def change_voices(
    *, member: Membership, operation: BulkOperation, voices: Sequence[UUID], now: datetime
) -> BulkResult:
    """Carry out a prepared operation. Foreign and deleted voices, and those that need no change, are left alone.

    Raises NoTagError, PermissionDenied.
    """
    require(member, NEEDED[operation.verb])
    with transaction.atomic():
        rows = Voice.objects.of_team(member.team).filter(pk__in=voices)
        return CHANGES[operation.verb](member, operation.argument, rows, now)


def _lock(rows: VoiceQuerySet) -> list[Voice]:
    # In one order, after the tag, so that two changes of the same voices never deadlock.
    return list(rows.order_by("pk").select_for_update(of=("self",)).only("pk", "name"))


def _move_stage(
    member: Membership, argument: Mapping[str, Any], rows: VoiceQuerySet, now: datetime
) -> BulkResult:
    stage = argument["stage"]
    moved = _lock(rows.exclude(stage=stage))
    if moved:
        Voice.objects.filter(pk__in=_ids(moved)).change(now, stage=stage)
        audit.record_each(member, "voice.staged", moved, stage=stage)
        voices_changed(member.team_id)
    return BulkResult(_ids(moved))


def _tag(member: Membership, argument: Mapping[str, Any], rows: VoiceQuerySet, now: datetime) -> BulkResult:
    tag = _lock_tag(member, argument)
    untagged = _lock(rows.exclude(taggings__tag=tag))
    full = _full(untagged)
    tagged = [voice for voice in untagged if voice.pk not in full]
    Tagging.objects.bulk_create([Tagging(tag=tag, voice=voice) for voice in tagged], ignore_conflicts=True)
    _announce(member, "voice.tagged", tag, tagged, now)
    return BulkResult(_ids(tagged), dict.fromkeys(full, FULL))


def _full(voices: Sequence[Voice]) -> Ids:
    counted = Tag.objects.filter(voices__in=_ids(voices)).values_list("voices").annotate(Count("pk"))
    return {voice_id for voice_id, count in counted.order_by() if count >= MAX_ON_VOICE}


def _untag(member: Membership, argument: Mapping[str, Any], rows: VoiceQuerySet, now: datetime) -> BulkResult:
    tag = _lock_tag(member, argument)
    tagged = _lock(rows.filter(taggings__tag=tag))
    Tagging.objects.filter(tag=tag, voice__in=_ids(tagged)).delete()
    _announce(member, "voice.untagged", tag, tagged, now)
    return BulkResult(_ids(tagged))


def _lock_tag(member: Membership, argument: Mapping[str, Any]) -> Tag:
    # Locked, so that no merge removes it before this part is written.
    tag = Tag.objects.select_for_update().filter(team=member.team, pk=argument["tag_id"]).first()
    if tag is None:
        raise NoTagError(
            f"The tag “{argument['tag']}” was removed or merged, so the remaining voices weren't changed."
        )
    return tag


def _announce(member: Membership, verb: str, tag: Tag, voices: Sequence[Voice], now: datetime) -> None:
    if ids := _ids(voices):
        Voice.objects.filter(pk__in=ids).change(now)
        audit.record_each(member, verb, voices, tag=tag.name)
        voices_changed(member.team_id, reworded=ids)


def _favourite(member: Membership, _: Mapping[str, Any], rows: VoiceQuerySet, now: datetime) -> BulkResult:
    new = set(rows.exclude(favourites__user=member.user).values_list("pk", flat=True))
    favourites = [Favourite(user=member.user, voice_id=pk, created_at=now) for pk in new]
    Favourite.objects.bulk_create(favourites, ignore_conflicts=True)
    return BulkResult(new)


def _unfavourite(member: Membership, _: Mapping[str, Any], rows: VoiceQuerySet, now: datetime) -> BulkResult:
    old = set(rows.filter(favourites__user=member.user).values_list("pk", flat=True))
    Favourite.objects.filter(user=member.user, voice__in=old).delete()
    return BulkResult(old)


def _ids(voices: Sequence[Voice]) -> Ids:
    return {voice.pk for voice in voices}


CHANGES: Mapping[str, Callable[[Membership, Mapping[str, Any], VoiceQuerySet, datetime], BulkResult]] = {
    BulkVerb.STAGE: _move_stage,
    BulkVerb.TAG: _tag,
    BulkVerb.UNTAG: _untag,
    BulkVerb.FAVOURITE: _favourite,
    BulkVerb.UNFAVOURITE: _unfavourite,
}
