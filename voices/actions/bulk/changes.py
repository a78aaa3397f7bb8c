"""What is done to some voices of the team in one transaction: within the request, or part by part in the worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, QuerySet

from voices import audit
from voices.access import require
from voices.actions.bulk.submit import NEEDED, BulkOperation
from voices.actions.organise.tags import MAX_ON_VOICE, TagError, find_tag, get_or_create_tag
from voices.actions.voice.search_text import library_changed, refresh_search
from voices.models import BulkVerb, Favourite, Membership, Tag, Tagging, Voice

Ids = set[UUID]
FULL = f"It has {MAX_ON_VOICE} tags, the most that a voice may have."


@dataclass(frozen=True)
class BulkResult:
    """What came of it: the voices that were changed, and those that could not be, each with the reason."""

    changed: Ids
    refused: Mapping[UUID, str] = field(default_factory=dict)


class NoTagError(Exception):
    """There is no such tag in the team (any more), or no room for a new one; the message is for the person."""


def prepare(*, member: Membership, wish: BulkOperation) -> BulkOperation:
    """The wish with the id of its tag, made where it is new: a long change must mean one tag from end to end.

    Raises NoTagError where a tag is to be taken off that the team has not, or has too many to make one.
    """
    require(member, NEEDED[wish.verb])
    if "tag" not in wish.argument:
        return wish
    name = wish.argument["tag"]
    with transaction.atomic():
        tag = _made(member, name) if wish.verb == BulkVerb.TAG else find_tag(member, name)
    if tag is None:
        raise NoTagError(f"Your team has no tag “{name}”, so there is nothing to take off.")
    return replace(wish, argument={"tag": tag.name, "tag_id": tag.pk})


def _made(member: Membership, name: str) -> Tag:
    try:
        return get_or_create_tag(member=member, name=name)
    except TagError as problem:
        raise NoTagError(str(problem)) from problem


def change_at_once(
    *, member: Membership, wish: BulkOperation, voices: Sequence[UUID], now: datetime
) -> tuple[BulkOperation, BulkResult]:
    """The prepared wish, and what came of it. Raises NoTagError, PermissionDenied."""
    with transaction.atomic():
        wish = prepare(member=member, wish=wish)
        return wish, change_voices(member=member, wish=wish, voices=voices, now=now)


def change_voices(
    *, member: Membership, wish: BulkOperation, voices: Sequence[UUID], now: datetime
) -> BulkResult:
    """Which of the voices were changed; foreign, deleted and those that needed no change are left alone.

    The wish is a prepared one. Raises NoTagError, PermissionDenied.
    """
    require(member, NEEDED[wish.verb])
    with transaction.atomic():
        rows = Voice.objects.of_team(member.team).filter(pk__in=voices)
        came = CHANGES[wish.verb](member, wish.argument, rows, now)
        if came.changed:
            library_changed(member.team_id)
    return came


def _locked(rows: QuerySet[Voice]) -> list[Voice]:
    # In one order, after the tag: of two changes of the same voices one waits, and neither for ever.
    return list(rows.order_by("pk").select_for_update(of=("self",)).only("pk", "name"))


def _stage(
    member: Membership, argument: Mapping[str, Any], rows: QuerySet[Voice], now: datetime
) -> BulkResult:
    stage = argument["stage"]
    moved = _locked(rows.exclude(stage=stage))
    Voice.objects.filter(pk__in=_ids(moved)).update(stage=stage, version=F("version") + 1, changed_at=now)
    audit.record_many(actor=member.user, team=member.team, verb="voice.staged", things=moved, stage=stage)
    return BulkResult(_ids(moved))


def _tag(member: Membership, argument: Mapping[str, Any], rows: QuerySet[Voice], now: datetime) -> BulkResult:
    tag = _tag_of(member, argument)
    bare = _locked(rows.exclude(taggings__tag=tag))
    full = _full(bare)
    bare = [voice for voice in bare if voice.pk not in full]
    Tagging.objects.bulk_create([Tagging(tag=tag, voice=voice) for voice in bare], ignore_conflicts=True)
    return BulkResult(_told(member, "voice.tagged", tag, bare, now), dict.fromkeys(full, FULL))


def _full(voices: Sequence[Voice]) -> Ids:
    counted = Tag.objects.filter(voices__in=_ids(voices)).values_list("voices").annotate(Count("pk"))
    return {voice_id for voice_id, many in counted.order_by() if many >= MAX_ON_VOICE}


def _untag(
    member: Membership, argument: Mapping[str, Any], rows: QuerySet[Voice], now: datetime
) -> BulkResult:
    tag = _tag_of(member, argument)
    tagged = _locked(rows.filter(taggings__tag=tag))
    Tagging.objects.filter(tag=tag, voice__in=_ids(tagged)).delete()
    return BulkResult(_told(member, "voice.untagged", tag, tagged, now))


def _tag_of(member: Membership, argument: Mapping[str, Any]) -> Tag:
    # Locked, so that no merge takes it away before this part is written.
    tag = Tag.objects.select_for_update().filter(team=member.team, pk=argument["tag_id"]).first()
    if tag is None:
        raise NoTagError(
            f"The tag “{argument['tag']}” was removed or merged into another one meanwhile, so the rest was not done."
        )
    return tag


def _told(member: Membership, verb: str, tag: Tag, voices: Sequence[Voice], now: datetime) -> Ids:
    ids = _ids(voices)
    Voice.objects.filter(pk__in=ids).update(version=F("version") + 1, changed_at=now)
    refresh_search(ids)
    audit.record_many(actor=member.user, team=member.team, verb=verb, things=voices, tag=tag.name)
    return ids


def _favourite(member: Membership, _: Mapping[str, Any], rows: QuerySet[Voice], now: datetime) -> BulkResult:
    new = set(rows.exclude(favourites__user=member.user).values_list("pk", flat=True))
    mine = [Favourite(user=member.user, voice_id=pk, created_at=now) for pk in new]
    Favourite.objects.bulk_create(mine, ignore_conflicts=True)
    return BulkResult(new)


def _unfavourite(
    member: Membership, _: Mapping[str, Any], rows: QuerySet[Voice], now: datetime
) -> BulkResult:
    old = set(rows.filter(favourites__user=member.user).values_list("pk", flat=True))
    Favourite.objects.filter(user=member.user, voice__in=old).delete()
    return BulkResult(old)


def _ids(voices: Sequence[Voice]) -> Ids:
    return {voice.pk for voice in voices}


CHANGES: Mapping[str, Callable[[Membership, Mapping[str, Any], QuerySet[Voice], datetime], BulkResult]] = {
    BulkVerb.STAGE: _stage,
    BulkVerb.TAG: _tag,
    BulkVerb.UNTAG: _untag,
    BulkVerb.FAVOURITE: _favourite,
    BulkVerb.UNFAVOURITE: _unfavourite,
}
