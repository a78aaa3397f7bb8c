"""A team's aliases: stable names that others ask for, each for the voice that it points at now.

Every change is told on the alias and on the voices it is about, so that a voice's page tells who asked for it by
which name, and since when.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from voices import audit
from voices.access import Verb, require
from voices.actions.voice.search_text import library_changed, refresh_search
from voices.models import Alias, Membership, Voice

MIN_LETTERS, MAX_LETTERS = 2, 40
MAX_OF_TEAM = 500
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class AliasError(Exception):
    """The alias cannot be what was asked for; the message is a sentence for the person."""


class AliasTakenError(AliasError):
    """The team has an alias of that name: it can be moved."""

    def __init__(self, other: Alias) -> None:
        voice = other.voice.name if other.voice else "no voice"
        super().__init__(f"Your team has an alias {other.name} already; it points at {voice}.")
        self.other = other


def read_alias(typed: str) -> str:
    """The alias in small letters. Raises AliasError."""
    name = typed.strip().lower()[: MAX_LETTERS + 1]
    if not MIN_LETTERS <= len(name) <= MAX_LETTERS or not SLUG.fullmatch(name):
        raise AliasError(
            f"An alias has {MIN_LETTERS} to {MAX_LETTERS} of the letters a to z, digits and hyphens, "
            "and begins and ends with a letter or a digit: brand-en."
        )
    if _is_id(name):
        raise AliasError("This looks like the id of a voice. Choose a name that people can tell from one.")
    return name


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def make_alias(*, member: Membership, name: str, voice: Voice, now: datetime) -> Alias:
    """The new alias of the voice. Raises AliasError, AliasTakenError."""
    require(member, Verb.ORGANISE)
    name = read_alias(name)
    with transaction.atomic():
        target = _target(member, voice)
        aliases = Alias.objects.select_related("voice").filter(team=member.team)
        if aliases.count() >= MAX_OF_TEAM:
            raise AliasError(f"Your team has {MAX_OF_TEAM} aliases, which is the most. Remove some first.")
        fresh = {"team": member.team, "voice": target, "moved_at": now}
        alias, is_new = aliases.get_or_create(name=name, defaults=fresh)
        if not is_new:
            raise AliasTakenError(alias)
        _tell(member=member, verb="alias.made", alias=alias, before=None, after=target, now=now)
    return alias


def move_alias(*, member: Membership, alias: Alias, voice: Voice, seen: UUID | None, now: datetime) -> bool:
    """Whether the alias points at the voice now; False where it does not any more at the one that was seen.

    Raises AliasError for a voice that is gone or deleted.
    """
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        row = _locked(alias)
        target = _target(member, voice, seen)
        if row is None or row.voice_id not in {seen, target.pk}:
            return False
        if row.voice_id != target.pk:
            before = row.voice
            Alias.objects.filter(pk=row.pk, voice=seen).update(voice=target, moved_at=now)
            _tell(member=member, verb="alias.moved", alias=row, before=before, after=target, now=now)
    return True


def rename_alias(*, member: Membership, alias: Alias, name: str, now: datetime) -> bool:
    """Whether the alias has the new name; False where it is no more. Raises AliasError, AliasTakenError."""
    require(member, Verb.ORGANISE)
    name = read_alias(name)
    try:
        with transaction.atomic():
            if (row := _locked(alias)) is None:
                return False
            others = Alias.objects.select_related("voice").filter(team=member.team, name=name)
            if (other := others.exclude(pk=row.pk).first()) is not None:
                raise AliasTakenError(other)
            if row.name != name:
                _rename(member, row, name, now)
    except IntegrityError as problem:
        raise AliasError(f"Somebody took the name {name} at this moment. Choose another one.") from problem
    return True


def _rename(member: Membership, alias: Alias, name: str, now: datetime) -> None:
    names, alias.name = {"from": alias.name, "to": name}, name
    alias.save(update_fields=["name"])
    actor, team, told = member.user, member.team, {"alias": name, "alias_id": str(alias.pk), **names}
    audit.record(actor=actor, team=team, verb="alias.renamed", thing=alias, **names)
    if alias.voice is not None:
        audit.record(actor=actor, team=team, verb="voice.alias_renamed", thing=alias.voice, **told)
    _mark(member, [alias.voice], now)


def remove_alias(*, member: Membership, alias: Alias, now: datetime) -> bool:
    """Whether the alias was there and is no more; nobody who asks for it gets a voice from now on."""
    require(member, Verb.ORGANISE)
    with transaction.atomic():
        if (row := _locked(alias)) is None:
            return False
        Alias.objects.filter(pk=row.pk).delete()
        _tell(member=member, verb="alias.removed", alias=row, before=row.voice, after=None, now=now)
    return True


def _locked(alias: Alias) -> Alias | None:
    rows = Alias.objects.select_for_update(of=("self",)).select_related("voice")
    return rows.filter(pk=alias.pk).first()


def _target(member: Membership, voice: Voice, seen: UUID | None = None) -> Voice:
    """The voice, locked, so that it is still there when the alias points at it; and the one that it leaves.

    Both in one order, after the alias: two moves between the same voices never wait for each other.
    """
    voices = Voice.objects.filter(team=member.team, pk__in=[pk for pk in (voice.pk, seen) if pk])
    locked = voices.select_for_update().order_by("pk")
    row = next((one for one in locked if one.pk == voice.pk and one.deleted_at is None), None)
    if row is None:
        raise AliasError(f"{voice.name} was deleted. Choose another voice.")
    if row.gone_at is not None:
        raise AliasError(
            f"{row.name} is gone at Althea, so nobody could speak with it. Choose another voice."
        )
    return row


def _tell(
    *, member: Membership, verb: str, alias: Alias, before: Voice | None, after: Voice | None, now: datetime
) -> None:
    facts = {"alias": alias.name, "alias_id": str(alias.pk), **_who("from", before), **_who("to", after)}
    audit.record(actor=member.user, team=member.team, verb=verb, thing=alias, **facts)
    for voice, told in ((before, "voice.alias_taken"), (after, "voice.alias_given")):
        if voice is not None:
            audit.record(actor=member.user, team=member.team, verb=told, thing=voice, **facts)
    _mark(member, [before, after], now)


def _who(end: str, voice: Voice | None) -> Mapping[str, str]:
    return {f"{end}_id": str(voice.pk), f"{end}_name": voice.name} if voice else {}


def _mark(member: Membership, voices: list[Voice | None], now: datetime) -> None:
    ids = sorted(voice.pk for voice in voices if voice is not None)
    Voice.objects.filter(pk__in=ids).update(version=F("version") + 1, changed_at=now)
    refresh_search(ids)
    library_changed(member.team_id)
