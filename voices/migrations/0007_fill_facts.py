"""Fill the columns of 0006 from the audit trail, which was where these facts stood before.

Entries are read oldest first, a batch at a time, so that the newest one decides. Nothing is changed on the way back.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

BATCH = 500
EDITABLE = ("name", "description", "primary_language")
Entries = dict[UUID, Any]  # the newest entry of a batch by the id of its record


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Fill all columns."""
    fill_origin(apps)
    fill_notes(apps)
    fill_edits(apps)
    fill_replaces(apps)


def fill_origin(apps: StateApps) -> None:
    """Say how each voice came in: as its last entry says, else by its job. The default is right for the others."""
    voices = apps.get_model("voices", "Voice").objects
    voices.exclude(job=None).update(origin="cloned")
    for entries in _batches(apps, "voice", "voice.cloned", "voice.adopted"):
        for verb, origin in (("voice.cloned", "cloned"), ("voice.adopted", "adopted")):
            ids = [pk for pk, entry in entries.items() if entry.verb == verb]
            voices.filter(pk__in=ids).update(origin=origin)


def fill_notes(apps: StateApps) -> None:
    """Say who wrote each note last, and when."""
    voices = apps.get_model("voices", "Voice").objects
    for entries in _batches(apps, "voice", "voice.noted"):
        known = _known_users(apps, entries)
        rows = list(voices.filter(pk__in=entries).only("pk"))
        for voice in rows:
            entry = entries[voice.pk]
            voice.notes_by_id, voice.notes_at = known.get(entry.actor_id), entry.at
        voices.bulk_update(rows, ["notes_by", "notes_at"])


def fill_edits(apps: StateApps) -> None:
    """Say who edited each voice last, where its words are still as that person left them."""
    voices = apps.get_model("voices", "Voice").objects
    for entries in _batches(apps, "voice", "voice.renamed", "voice.edited"):
        known = _known_users(apps, entries)
        rows = list(voices.filter(pk__in=entries).only("pk", *EDITABLE))
        for voice in rows:
            entry = entries[voice.pk]
            is_as_left = _is_as_left(voice, entry)
            voice.edited_by_id = known.get(entry.actor_id) if is_as_left else None
            voice.edited_at = entry.at if is_as_left else None
        voices.bulk_update(rows, ["edited_by", "edited_at"])


def fill_replaces(apps: StateApps) -> None:
    """Say which voice each clone was asked for in place of."""
    jobs, voices = apps.get_model("voices", "CloneJob").objects, apps.get_model("voices", "Voice").objects
    for entries in _batches(apps, "clonejob", "clone.submitted"):
        replaced = {pk: _uuid(entry.facts.get("replaces")) for pk, entry in entries.items()}
        replaced = {pk: voice_id for pk, voice_id in replaced.items() if voice_id}
        teams = dict(voices.filter(pk__in=replaced.values()).values_list("pk", "team_id"))
        rows = [
            job
            for job in jobs.filter(pk__in=replaced).only("pk", "team_id")
            if teams.get(replaced[job.pk]) == job.team_id
        ]
        for job in rows:
            job.replaces_id = replaced[job.pk]
        jobs.bulk_update(rows, ["replaces"])


def _batches(apps: StateApps, thing: str, *verbs: str) -> Iterator[Entries]:
    entries = apps.get_model("voices", "AuditEntry").objects.filter(thing=thing, verb__in=verbs).order_by("pk")
    last = 0
    while batch := list(entries.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        yield {pk: entry for entry in batch if (pk := _uuid(entry.thing_id)) and isinstance(entry.facts, dict)}


def _known_users(apps: StateApps, entries: Entries) -> dict[Any, Any]:
    """Map the ids of the actors who still have a row to themselves: the audit trail outlives the people."""
    ids = {entry.actor_id for entry in entries.values()} - {None}
    return {pk: pk for pk in apps.get_model("voices", "User").objects.filter(pk__in=ids).values_list("pk", flat=True)}


def _is_as_left(voice: Any, entry: Any) -> bool:
    if entry.verb == "voice.renamed":
        return bool(entry.facts.get("to") == voice.name)
    changes = entry.facts.get("changes")
    pairs = {name: changes[name] for name in EDITABLE if name in changes} if isinstance(changes, dict) else {}
    return all(isinstance(pair, list) and getattr(voice, name) == pair[-1] for name, pair in pairs.items())


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


class Migration(migrations.Migration):
    dependencies = [("voices", "0006_facts_as_columns")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
