"""A team's tags: adding them to a voice, removing, renaming, merging and deleting them.

Locks are taken in a fixed order, so that no two changes deadlock: tags by key, then voices, then the team. Bulk
tagging is in actions/bulk/changes.py.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.voice.changed import voices_changed
from voices.kit.names import clean_name
from voices.models import Membership, Tag, Tagging, Voice, fold

MAX_LETTERS = 40
MAX_ON_VOICE = 20
MAX_OF_TEAM = 500
MAX_AT_ONCE = 500  # voices whose search text is rewritten in the tag's own transaction
MAX_TYPED = 2_000  # characters that are read of one form field


class TagError(Exception):
    """The tag cannot be created or changed as requested. The message is for the person."""


class SameTagError(TagError):
    """The team has another tag of that name, so the two can be merged."""

    def __init__(self, other: Tag) -> None:
        super().__init__(f"Your team already has a tag “{other.name}”.")
        self.other = other


def tag_key(name: str) -> str:
    """Return the folded name by which tags are compared, cut to the length of the column."""
    return fold(name)[:80].strip()


def read_tag(typed: str) -> str:
    """Return the name of one tag, cleaned. Raises TagError."""
    name = clean_name(typed[:MAX_TYPED])
    if not tag_key(name):
        raise TagError("Enter a name for the tag.")
    if len(name) > MAX_LETTERS:
        raise TagError(f"A tag has at most {MAX_LETTERS} characters; this one has {len(name)}.")
    if "," in name:
        raise TagError("A tag's name can't contain a comma, which separates tags.")
    return name


def read_tags(typed: str) -> list[str]:
    """Return the names of tags that were typed with commas between them, each once. Raises TagError."""
    names = {tag_key(part): part for part in typed[:MAX_TYPED].split(",") if clean_name(part)}
    if len(names) > MAX_ON_VOICE:
        raise TagError(f"A voice has at most {MAX_ON_VOICE} tags.")
    return [read_tag(name) for name in names.values()] or [read_tag("")]


def find_tag(member: Membership, name: str) -> Tag | None:
    """Return the team's tag of that name, whatever its case and accents, or None."""
    return Tag.objects.filter(team=member.team, key=tag_key(name)).first()


def get_or_create_tag(*, member: Membership, name: str) -> Tag:
    """Return the team's tag of that name, locked; create it if it is new. Call it in the change's transaction.

    Raises TagError if the team has reached its limit. Two people who create one at once get the same one.
    """
    require(member, Verb.ORGANISE)
    tags, key = Tag.objects.select_for_update().filter(team=member.team), tag_key(name)
    if (found := tags.filter(key=key).first()) is not None:
        return found
    # Two people at once may exceed the limit by one, which does no harm: it only keeps pages short.
    if Tag.objects.filter(team=member.team).count() >= MAX_OF_TEAM:
        raise TagError(f"Your team has {MAX_OF_TEAM} tags, which is the limit. Remove or merge some first.")
    tag, is_new = tags.get_or_create(key=key, defaults={"team": member.team, "name": name})
    if is_new:
        audit.record_by(member, "tag.made", tag)
    return tag


def add_tags(*, member: Membership, voice: Voice, names: Sequence[str], now: datetime) -> list[Tag]:
    """Add the tags to the voice, all or none. Return those that it did not have before. Raises TagError."""
    return _put_tags(member, voice, names, now, replaces=False)


def set_tags(*, member: Membership, voice: Voice, names: Sequence[str], now: datetime) -> list[Tag]:
    """Replace the voice's tags. Return those that it did not have before. Raises TagError."""
    return _put_tags(member, voice, names, now, replaces=True)


def _put_tags(
    member: Membership, voice: Voice, names: Sequence[str], now: datetime, *, replaces: bool
) -> list[Tag]:
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        tags = [get_or_create_tag(member=member, name=name) for name in sorted(names, key=tag_key)]
        row = Voice.objects.select_for_update().filter(pk=voice.pk, deleted_at=None).first()
        if row is None:
            raise TagError(f"{voice.name} has been deleted.")
        if replaces:
            _remove_others(member, row, tags, now)
        has = set(Tagging.objects.filter(voice=row).values_list("tag", flat=True))
        new = [tag for tag in tags if tag.pk not in has]
        if len(has) + len(new) > MAX_ON_VOICE:
            raise TagError(f"A voice has at most {MAX_ON_VOICE} tags, and {voice.name} has {len(has)}.")
        Tagging.objects.bulk_create([Tagging(tag=tag, voice=row) for tag in new])
        _announce(member, row, "voice.tagged", new, now)
    return new


def _remove_others(member: Membership, voice: Voice, kept: Sequence[Tag], now: datetime) -> None:
    others = list(voice.tags.exclude(pk__in=[tag.pk for tag in kept]))
    Tagging.objects.filter(voice=voice, tag__in=others).delete()
    _announce(member, voice, "voice.untagged", others, now)


def untag_voice(*, member: Membership, voice: Voice, tag: Tag, now: datetime) -> bool:
    """Remove the tag from the voice; the team keeps it. Return False if the voice did not have it."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        removed, _ = Tagging.objects.filter(tag=tag, voice=voice).delete()
        if removed:
            _announce(member, voice, "voice.untagged", [tag], now)
    return bool(removed)


def _announce(member: Membership, voice: Voice, verb: str, tags: Sequence[Tag], now: datetime) -> None:
    for tag in tags:
        audit.record_by(member, verb, voice, tag=tag.name)
    if tags:
        Voice.objects.filter(pk=voice.pk).change(now)
        voices_changed(member.team_id, reworded=[voice.pk])


# --- the tags themselves -----------------------------------------------------------------------------


def rename_tag(*, member: Membership, tag: Tag, name: str) -> bool:
    """Rename the tag on every voice. Return False if it no longer exists. Raises TagError, SameTagError."""
    require(member, Verb.ORGANISE)
    name = read_tag(name)
    try:
        with transaction.atomic():
            row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
            if row is None:
                return False
            other = find_tag(member, name)
            if other is not None and other.pk != row.pk:
                raise SameTagError(other)
            voices = _rename(member, row, name) if row.name != name else []
    except IntegrityError as problem:
        raise TagError(f"Someone just created a tag “{name}”. Try again.") from problem
    _refresh_rest(member, voices)
    return True


def _rename(member: Membership, tag: Tag, name: str) -> list[UUID]:
    facts = {"from": tag.name, "to": name}
    tag.name, tag.key = name, tag_key(name)
    tag.save(update_fields=["name", "key"])
    audit.record_by(member, "tag.renamed", tag, **facts)
    # The voices themselves do not change: they keep their version and their position in "recently changed".
    voices = _lock_voices_of(tag)
    voices_changed(member.team_id, reworded=voices[:MAX_AT_ONCE])
    return voices


def merge_tags(*, member: Membership, tag: Tag, into: Tag, now: datetime) -> int | None:
    """Merge the tag into another. Return how many voices had it; None if one of the two is gone. Raises TagError."""
    require(member, Verb.ORGANISE)
    if tag.pk == into.pk:
        raise TagError("Choose another tag to merge it into.")
    with transaction.atomic():
        pair = Tag.objects.select_for_update().filter(team=member.team, pk__in=(tag.pk, into.pk))
        if len(pair.order_by("key")) < 2:  # evaluated, so that both rows are locked
            return None
        voices = _lock_voices_of(tag)
        Tagging.objects.bulk_create(
            [Tagging(tag=into, voice_id=pk) for pk in voices], batch_size=500, ignore_conflicts=True
        )
        audit.record_by(member, "tag.merged", into, merged=tag.name, voices=len(voices))
        _delete(member, tag, voices, now)
    _refresh_rest(member, voices)
    return len(voices)


def remove_tag(*, member: Membership, tag: Tag, now: datetime) -> int | None:
    """Delete the tag. Return how many voices had it; None if somebody else was first."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
        if row is None:
            return None
        voices = _lock_voices_of(row)
        audit.record_by(member, "tag.removed", row, voices=len(voices))
        _delete(member, row, voices, now)
    _refresh_rest(member, voices)
    return len(voices)


def _delete(member: Membership, tag: Tag, voices: Sequence[UUID], now: datetime) -> None:
    Tag.objects.filter(pk=tag.pk).delete()
    for start in range(0, len(voices), MAX_AT_ONCE):
        Voice.objects.filter(pk__in=voices[start : start + MAX_AT_ONCE]).change(now)
    voices_changed(member.team_id, reworded=voices[:MAX_AT_ONCE])


def _refresh_rest(member: Membership, voices: Sequence[UUID]) -> None:
    """Rewrite the search texts of the other voices in batches: 10,000 at once blocked SQLite's writers for 15 s.

    If the process dies in between, the remaining voices are found by the old word until they next change.
    """
    for start in range(MAX_AT_ONCE, len(voices), MAX_AT_ONCE):
        part = voices[start : start + MAX_AT_ONCE]
        with transaction.atomic():
            list(Voice.objects.select_for_update().filter(pk__in=part).order_by("pk").values_list("pk"))
            voices_changed(member.team_id, reworded=part)


def _lock_voices_of(tag: Tag) -> list[UUID]:
    """Lock the voices with the tag in a fixed order, so that no two changes rewrite a search text at once."""
    voices = Voice.objects.select_for_update(of=("self",)).filter(taggings__tag=tag)
    return list(voices.order_by("pk").values_list("pk", flat=True))
