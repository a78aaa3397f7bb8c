"""A team's aliases: stable names, each pointing to one voice at a time.

Every change is recorded for the alias and for the voices concerned, so that a voice's page shows its history.
"""

import re
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.voice.changed import voices_changed
from voices.models import Alias, Membership, Voice

MIN_LETTERS, MAX_LETTERS = 2, 40
MAX_OF_TEAM = 500
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class AliasError(Exception):
    """The alias cannot be created or changed as requested. The message is for the person."""


class AliasTakenError(AliasError):
    """The team already has an alias of that name, which can be moved instead."""

    def __init__(self, other: Alias) -> None:
        voice = other.voice.name if other.voice else "no voice"
        super().__init__(f"Your team already has an alias {other.name}; it points to {voice}.")
        self.other = other


def read_alias(typed: str) -> str:
    """Return the alias in lower case. Raises AliasError."""
    name = typed.strip().lower()[: MAX_LETTERS + 1]
    if not MIN_LETTERS <= len(name) <= MAX_LETTERS or not SLUG.fullmatch(name):
        raise AliasError(
            f"An alias has {MIN_LETTERS} to {MAX_LETTERS} characters: letters a to z, digits and hyphens. "
            "It starts and ends with a letter or a digit, as in brand-en."
        )
    if _is_id(name):
        raise AliasError("This looks like a voice ID. Choose a name that can't be mistaken for one.")
    return name


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def make_alias(*, member: Membership, name: str, voice: Voice, now: datetime) -> Alias:
    """Create an alias that points to the voice. Raises AliasError, AliasTakenError."""
    require(member, Verb.ORGANISE)
    name = read_alias(name)
    with transaction.atomic():
        target = _lock_target(member, voice)
        aliases = Alias.objects.select_related("voice").filter(team=member.team)
        if aliases.count() >= MAX_OF_TEAM:
            raise AliasError(f"Your team has {MAX_OF_TEAM} aliases, which is the limit. Remove some first.")
        defaults = {"team": member.team, "voice": target, "moved_at": now}
        alias, is_new = aliases.get_or_create(name=name, defaults=defaults)
        if not is_new:
            raise AliasTakenError(alias)
        _announce(member, "alias.made", alias, before=None, after=target, now=now)
    return alias


def move_alias(*, member: Membership, alias: Alias, voice: Voice, seen: UUID | None, now: datetime) -> bool:
    """Point the alias to the voice. Return False if it no longer points to the voice whose id was `seen`.

    Raises AliasError for a voice that is gone or deleted.
    """
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = _lock(alias)
        target = _lock_target(member, voice, seen)
        if row is None or row.voice_id not in {seen, target.pk}:
            return False
        if row.voice_id != target.pk:
            before = row.voice
            Alias.objects.filter(pk=row.pk, voice=seen).update(voice=target, moved_at=now)
            _announce(member, "alias.moved", row, before=before, after=target, now=now)
    return True


def rename_alias(*, member: Membership, alias: Alias, name: str, now: datetime) -> bool:
    """Rename the alias. Return False if it no longer exists. Raises AliasError, AliasTakenError."""
    require(member, Verb.ORGANISE)
    name = read_alias(name)
    try:
        with transaction.atomic():
            if (row := _lock(alias)) is None:
                return False
            others = Alias.objects.select_related("voice").filter(team=member.team, name=name)
            if (other := others.exclude(pk=row.pk).first()) is not None:
                raise AliasTakenError(other)
            if row.name != name:
                _rename(member, row, name, now)
    except IntegrityError as problem:
        raise AliasError(f"Someone just took the name {name}. Choose another one.") from problem
    return True


def _rename(member: Membership, alias: Alias, name: str, now: datetime) -> None:
    names, alias.name = {"from": alias.name, "to": name}, name
    alias.save(update_fields=["name"])
    audit.record_by(member, "alias.renamed", alias, **names)
    if alias.voice is not None:
        facts = {"alias": name, "alias_id": str(alias.pk), **names}
        audit.record_by(member, "voice.alias_renamed", alias.voice, **facts)
    _change_voices(member, [alias.voice], now)


def remove_alias(*, member: Membership, alias: Alias, now: datetime) -> bool:
    """Remove the alias. Return False if somebody else was first."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        if (row := _lock(alias)) is None:
            return False
        Alias.objects.filter(pk=row.pk).delete()
        _announce(member, "alias.removed", row, before=row.voice, after=None, now=now)
    return True


def _lock(alias: Alias) -> Alias | None:
    rows = Alias.objects.select_for_update(of=("self",)).select_related("voice")
    return rows.filter(pk=alias.pk).first()


def _lock_target(member: Membership, voice: Voice, seen: UUID | None = None) -> Voice:
    """Lock the alias's new target and its previous one. Return the target. Raises AliasError.

    Both are locked in a fixed order, after the alias, so that two moves between the same voices never deadlock.
    """
    voices = Voice.objects.filter(team=member.team, pk__in=[pk for pk in (voice.pk, seen) if pk])
    locked = voices.select_for_update().order_by("pk")
    row = next((one for one in locked if one.pk == voice.pk and one.deleted_at is None), None)
    if row is None:
        raise AliasError(f"{voice.name} was deleted. Choose another voice.")
    if row.gone_at is not None:
        raise AliasError(f"{row.name} is missing at Althea, so agents couldn't use it. Choose another voice.")
    return row


def _announce(
    member: Membership, verb: str, alias: Alias, *, before: Voice | None, after: Voice | None, now: datetime
) -> None:
    facts = {"alias": alias.name, "alias_id": str(alias.pk)}
    for end, voice in (("from", before), ("to", after)):
        facts |= {f"{end}_id": str(voice.pk), f"{end}_name": voice.name} if voice else {}
    audit.record_by(member, verb, alias, **facts)
    for voice, voice_verb in ((before, "voice.alias_taken"), (after, "voice.alias_given")):
        if voice is not None:
            audit.record_by(member, voice_verb, voice, **facts)
    _change_voices(member, [before, after], now)


def _change_voices(member: Membership, voices: list[Voice | None], now: datetime) -> None:
    ids = sorted(voice.pk for voice in voices if voice is not None)
    Voice.objects.filter(pk__in=ids).change(now)
    voices_changed(member.team_id, reworded=ids)
