"""A team's tags: put on a voice and taken off, renamed, merged into another one, removed.

Locks are taken in one order, tags by their words, then voices, then the team: two changes never wait for each other.
Many voices at once are changed by bulk_changes, which makes and finds its tag here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from voices import audit
from voices.access import Verb, require
from voices.actions.voice.search_text import library_changed, refresh_search
from voices.kit.names import clean_name
from voices.models import Membership, Tag, Tagging, Voice, fold

MAX_LETTERS = 40
MAX_ON_VOICE = 20
MAX_OF_TEAM = 500
MAX_AT_ONCE = 500  # voices whose words follow in the tag's own transaction
MAX_TYPED = 2_000  # characters of one form field; the rest is not read


class TagError(Exception):
    """The tag cannot be what was asked for; the message is a sentence for the person."""


class SameTagError(TagError):
    """Another tag of the team has these words already: the two can be merged."""

    def __init__(self, other: Tag) -> None:
        super().__init__(f"Your team has a tag “{other.name}” already.")
        self.other = other


def tag_key(name: str) -> str:
    """What tags are compared by: the folded name, as long as the column is."""
    return fold(name)[:80].strip()


def read_tag(typed: str) -> str:
    """The name of one tag, on one line. Raises TagError."""
    name = clean_name(typed[:MAX_TYPED])
    if not tag_key(name):
        raise TagError("Write the tag's name first.")
    if len(name) > MAX_LETTERS:
        raise TagError(f"A tag has at most {MAX_LETTERS} characters; this one has {len(name)}.")
    if "," in name:
        raise TagError("A comma separates two tags, so a tag's name has none.")
    return name


def read_tags(typed: str) -> list[str]:
    """The names of tags that were typed with commas between them, each once. Raises TagError."""
    names = {tag_key(part): part for part in typed[:MAX_TYPED].split(",") if clean_name(part)}
    if len(names) > MAX_ON_VOICE:
        raise TagError(f"A voice has at most {MAX_ON_VOICE} tags.")
    return [read_tag(name) for name in names.values()] or [read_tag("")]


def find_tag(member: Membership, name: str) -> Tag | None:
    """The team's tag of that name in any writing, or None."""
    return Tag.objects.filter(team=member.team, key=tag_key(name)).first()


def get_or_create_tag(*, member: Membership, name: str) -> Tag:
    """The team's tag of that name, made where it is new, and locked; call it inside the change's transaction.

    Raises TagError where the team has as many as it may. Two people who make one at once get the same.
    """
    require(member, Verb.ORGANISE)
    tags, key = Tag.objects.select_for_update().filter(team=member.team), tag_key(name)
    if (found := tags.filter(key=key).first()) is not None:
        return found
    # Two at the border may make one more than the bound, which only keeps pages short.
    if Tag.objects.filter(team=member.team).count() >= MAX_OF_TEAM:
        raise TagError(f"Your team has {MAX_OF_TEAM} tags, which is the most. Remove or merge some first.")
    tag, is_new = tags.get_or_create(key=key, defaults={"team": member.team, "name": name})
    if is_new:
        audit.record(actor=member.user, team=member.team, verb="tag.made", thing=tag)
    return tag


def add_tags(*, member: Membership, voice: Voice, names: Sequence[str], now: datetime) -> list[Tag]:
    """The tags that the voice has now and had not before. Raises TagError, and nothing is changed."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        tags = [get_or_create_tag(member=member, name=name) for name in sorted(names, key=tag_key)]
        row = Voice.objects.select_for_update().filter(pk=voice.pk, deleted_at=None).first()
        if row is None:
            raise TagError(f"{voice.name} was deleted meanwhile.")
        has = set(Tagging.objects.filter(voice=row).values_list("tag", flat=True))
        new = [tag for tag in tags if tag.pk not in has]
        if len(has) + len(new) > MAX_ON_VOICE:
            raise TagError(f"A voice has at most {MAX_ON_VOICE} tags, and {voice.name} has {len(has)}.")
        Tagging.objects.bulk_create([Tagging(tag=tag, voice=row) for tag in new])
        _tell(member, row, "voice.tagged", new, now)
    return new


def take_tag(*, member: Membership, voice: Voice, tag: Tag, now: datetime) -> bool:
    """Whether the tag was on the voice and is not any more; the tag stays the team's."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        taken, _ = Tagging.objects.filter(tag=tag, voice=voice).delete()
        if taken:
            _tell(member, voice, "voice.untagged", [tag], now)
    return bool(taken)


def _tell(member: Membership, voice: Voice, verb: str, tags: Sequence[Tag], now: datetime) -> None:
    for tag in tags:
        audit.record(actor=member.user, team=member.team, verb=verb, thing=voice, tag=tag.name)
    if tags:
        bump([voice.pk], now)
        refresh_search([voice.pk])
        library_changed(member.team_id)


def bump(voice_ids: Iterable[UUID], now: datetime) -> int:
    """How many voices were marked as changed by a person just now; call it inside the change's transaction."""
    return Voice.objects.filter(pk__in=list(voice_ids)).update(version=F("version") + 1, changed_at=now)


# --- the tags themselves -----------------------------------------------------------------------------


def rename_tag(*, member: Membership, tag: Tag, name: str) -> bool:
    """Whether the tag has the new name, on every voice; False where it is no more. Raises TagError, SameTagError."""
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
        raise TagError(f"Somebody made a tag “{name}” at this moment. Try it again.") from problem
    _find_the_rest(member, voices)
    return True


def _rename(member: Membership, tag: Tag, name: str) -> list[UUID]:
    facts = {"from": tag.name, "to": name}
    tag.name, tag.key = name, tag_key(name)
    tag.save(update_fields=["name", "key"])
    audit.record(actor=member.user, team=member.team, verb="tag.renamed", thing=tag, **facts)
    # The voices themselves did not change, so they keep their place among the last changed.
    voices = _voices_of(tag)
    refresh_search(voices[:MAX_AT_ONCE])
    library_changed(member.team_id)
    return voices


def merge_tags(*, member: Membership, tag: Tag, into: Tag, now: datetime) -> int | None:
    """How many voices have the other tag instead; None where one of the two is no more. Raises TagError."""
    require(member, Verb.ORGANISE)
    if tag.pk == into.pk:
        raise TagError("Choose another tag to merge it into.")
    with transaction.atomic():
        pair = Tag.objects.select_for_update().filter(team=member.team, pk__in=(tag.pk, into.pk))
        if len(pair.order_by("key")) < 2:  # read, so that both rows are locked
            return None
        voices = _voices_of(tag)
        Tagging.objects.bulk_create(
            [Tagging(tag=into, voice_id=pk) for pk in voices], batch_size=500, ignore_conflicts=True
        )
        facts = {"merged": tag.name, "voices": len(voices)}
        audit.record(actor=member.user, team=member.team, verb="tag.merged", thing=into, **facts)
        _drop(member, tag, voices, now)
    _find_the_rest(member, voices)
    return len(voices)


def remove_tag(*, member: Membership, tag: Tag, now: datetime) -> int | None:
    """How many voices lost the tag, which is no more; None where somebody else was first."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = Tag.objects.select_for_update().filter(pk=tag.pk).first()
        if row is None:
            return None
        voices = _voices_of(row)
        audit.record(actor=member.user, team=member.team, verb="tag.removed", thing=row, voices=len(voices))
        _drop(member, row, voices, now)
    _find_the_rest(member, voices)
    return len(voices)


def _drop(member: Membership, tag: Tag, voices: Sequence[UUID], now: datetime) -> None:
    Tag.objects.filter(pk=tag.pk).delete()
    for start in range(0, len(voices), 500):
        bump(voices[start : start + 500], now)
    refresh_search(voices[:MAX_AT_ONCE])
    library_changed(member.team_id)


def _find_the_rest(member: Membership, voices: Sequence[UUID]) -> None:
    """What voices beyond the first are found by, part by part: 10,000 took SQLite's writers 15 s in one transaction.

    A process that dies in between leaves them found by the old word until they are changed the next time.
    """
    for start in range(MAX_AT_ONCE, len(voices), MAX_AT_ONCE):
        part = voices[start : start + MAX_AT_ONCE]
        with transaction.atomic():
            list(Voice.objects.select_for_update().filter(pk__in=part).order_by("pk").values_list("pk"))
            refresh_search(part)
            library_changed(member.team_id)


def _voices_of(tag: Tag) -> list[UUID]:
    """The voices with the tag, locked in one order: what they are found by is not written from two sides at once."""
    voices = Voice.objects.select_for_update(of=("self",)).filter(taggings__tag=tag)
    return list(voices.order_by("pk").values_list("pk", flat=True))
