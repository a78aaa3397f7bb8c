"""The demo's other records: moved aliases, saved views, voices missing at Althea."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from voices.actions.voice.changed import voices_changed
from voices.management.demo.history import record_at
from voices.management.demo.people import DemoTeam
from voices.management.demo.plan import SEED
from voices.management.demo.texts import ALIASES, VIEWS
from voices.models import Alias, SavedView, Stage, Tag, Voice

MISSING_COUNT = 3


def add_aliases(demo: DemoTeam, *, now: datetime) -> list[Alias]:
    """Add aliases, each moved once from an older approved voice of its language to a newer one."""
    made = []
    approved = Voice.objects.of_team(demo.team).filter(stage=Stage.APPROVED).order_by("-created_at")
    for name, language in ALIASES:
        speakers = list(approved.filter(primary_language=language)[:2])
        if len(speakers) > 1 and not Alias.objects.filter(team=demo.team, name=name).exists():
            made.append(_add_alias(demo, name, speakers[1], speakers[0], now))
    return made


def _add_alias(demo: DemoTeam, name: str, before: Voice, after: Voice, now: datetime) -> Alias:
    moved, actor = now - timedelta(days=12), demo.people[0].user
    facts = {
        "alias": name, "from_id": str(before.pk), "from_name": before.name,
        "to_id": str(after.pk), "to_name": after.name,
    }  # fmt: skip
    with transaction.atomic():
        alias = Alias.objects.create(team=demo.team, name=name, voice=after, moved_at=moved)
        first = {"to_id": str(before.pk), "to_name": before.name}
        record_at(actor, demo.team, "alias.made", alias, at=moved - timedelta(days=60), **first)
        made = moved - timedelta(days=60)
        record_at(actor, demo.team, "voice.alias_given", before, at=made, alias=name, **first)
        entries = (("alias.moved", alias), ("voice.alias_taken", before), ("voice.alias_given", after))
        for verb, thing in entries:
            record_at(actor, demo.team, verb, thing, at=moved, **facts)
        voices_changed(demo.team.pk, reworded=[before.pk, after.pk])
    return alias


def add_views(demo: DemoTeam) -> None:
    """Add the admin's saved views, some of them shared."""
    lead = demo.people[0]
    phone = Tag.objects.filter(team=demo.team, key="phone").first()
    for name, query, is_shared in VIEWS:
        filled = query.format(phone=phone.pk if phone else 0, me=lead.user.pk)
        SavedView.objects.get_or_create(
            team=demo.team, owner=lead.user, name=name, defaults={"query": filled, "is_shared": is_shared}
        )


def choose_missing(voices: Sequence[Voice]) -> list[Voice]:
    """Return the voices that are to disappear at Althea; none with an alias."""
    free = [voice for voice in voices if not voice.aliases.exists()]
    return random.Random(SEED).sample(free, k=min(MISSING_COUNT, len(free)))  # noqa: S311  # sample data, no secret


def mark_missing(demo: DemoTeam, missing: Sequence[Voice], *, now: datetime) -> None:
    """Mark the voices as a sync would: missing for a few days."""
    with transaction.atomic():
        for days, voice in enumerate(missing, start=2):
            Voice.objects.filter(pk=voice.pk).update(gone_at=now - timedelta(days=days))
        voices_changed(demo.team.pk)
