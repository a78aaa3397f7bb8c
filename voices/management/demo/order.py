"""What a team has beside its voices: aliases that moved, saved views, voices that vanished at Althea."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from voices.actions.voice.changed import voices_changed
from voices.management.demo.cast import SEED
from voices.management.demo.history import remember
from voices.management.demo.people import Troupe
from voices.management.demo.words import ALIASES, VIEWS
from voices.models import Alias, SavedView, Stage, Tag, Voice

GONE = 3


def add_aliases(troupe: Troupe, *, now: datetime) -> list[Alias]:
    """The team's aliases, each moved once from an older approved voice of its language to a newer one."""
    made = []
    approved = Voice.objects.of_team(troupe.team).filter(stage=Stage.APPROVED).order_by("-created_at")
    for name, language in ALIASES:
        speakers = list(approved.filter(primary_language=language)[:2])
        if len(speakers) > 1 and not Alias.objects.filter(team=troupe.team, name=name).exists():
            made.append(_add_alias(troupe, name, speakers[1], speakers[0], now))
    return made


def _add_alias(troupe: Troupe, name: str, before: Voice, after: Voice, now: datetime) -> Alias:
    moved, actor = now - timedelta(days=12), troupe.people[0].user
    facts = {
        "alias": name, "from_id": str(before.pk), "from_name": before.name,
        "to_id": str(after.pk), "to_name": after.name,
    }  # fmt: skip
    with transaction.atomic():
        alias = Alias.objects.create(team=troupe.team, name=name, voice=after, moved_at=moved)
        first = {"to_id": str(before.pk), "to_name": before.name}
        remember(actor, troupe.team, "alias.made", alias, at=moved - timedelta(days=60), **first)
        made = moved - timedelta(days=60)
        remember(actor, troupe.team, "voice.alias_given", before, at=made, alias=name, **first)
        told = (("alias.moved", alias), ("voice.alias_taken", before), ("voice.alias_given", after))
        for verb, thing in told:
            remember(actor, troupe.team, verb, thing, at=moved, **facts)
        voices_changed(troupe.team.pk, reworded=[before.pk, after.pk])
    return alias


def add_views(troupe: Troupe) -> None:
    """The admin's saved views, some shared."""
    lead = troupe.people[0]
    phone = Tag.objects.filter(team=troupe.team, key="phone").first()
    for name, query, is_shared in VIEWS:
        told = query.format(phone=phone.pk if phone else 0, me=lead.user.pk)
        SavedView.objects.get_or_create(
            team=troupe.team, owner=lead.user, name=name, defaults={"query": told, "is_shared": is_shared}
        )


def lost_ones(voices: Sequence[Voice]) -> list[Voice]:
    """The voices that are to vanish at Althea: none that an alias points at."""
    free = [voice for voice in voices if not voice.aliases.exists()]
    return random.Random(SEED).sample(free, k=min(GONE, len(free)))  # noqa: S311  # made-up data, no secret


def mark_lost(troupe: Troupe, lost: Sequence[Voice], *, now: datetime) -> None:
    """These voices as a sync would mark them: no longer listed since some days."""
    with transaction.atomic():
        for days, voice in enumerate(lost, start=2):
            Voice.objects.filter(pk=voice.pk).update(gone_at=now - timedelta(days=days))
        voices_changed(troupe.team.pk)
