"""Migration 0007: what stood in the audit trail only is in columns afterwards, for the rows of an older release.

Its function fills today's tables, whose columns are those of then and more: migrating there and back for each test
would take five seconds. `tests/upgrades/` comes from older schemas.
"""

from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps as today
from django.apps.registry import Apps
from django.db import connection

from tests.kit.fakes import NOON

pytestmark = pytest.mark.django_db


def fill(migration: str) -> None:
    """Do what a data migration does."""
    import_module(f"voices.migrations.{migration}").fill(today, connection.schema_editor())


class Rows:
    """Rows of the release before, in one team with one account."""

    def __init__(self, apps: Apps) -> None:
        self.model = lambda name: apps.get_model("voices", name)
        self.team = self.model("Team").objects.create(name="Northwind")
        self.ed = self.model("User").objects.create(email="ed@example.com", name="Ed")
        self.account = self.model("AltheaAccount").objects.create(
            endpoint="sandbox", account_id="a-1", name="Northwind", read_at=NOON
        )
        self.sample = self.model("Sample").objects.create(
            team=self.team, filename="a.wav", sha256="a", size_bytes=1, sent_sha256="a", sent_size_bytes=1,
            container="wav", seconds=12, rate=16_000, channels=1, finding={}, used_at=NOON,
        )  # fmt: skip

    def voice(self, **facts: Any) -> Any:
        given = {"team": self.team, "account": self.account, "voice_id": str(uuid4()), "name": "Marlene"}
        return self.model("Voice").objects.create(**given | {"created_at": NOON, "changed_at": NOON} | facts)

    def job(self, **facts: Any) -> Any:
        given = {"team": self.team, "account": self.account, "sample": self.sample, "state": "created"}
        given |= {"form_token": uuid4(), "name": "Marlene", "due_at": NOON}
        return self.model("CloneJob").objects.create(**given | facts)

    def entry(self, verb: str, thing: Any, minutes: int = 0, **given: Any) -> None:
        actor_id = given.pop("actor_id", self.ed.pk)
        self.model("AuditEntry").objects.create(
            at=NOON + timedelta(minutes=minutes), team=self.team, actor_id=actor_id, actor_name="Ed", verb=verb,
            thing=thing._meta.model_name, thing_id=str(thing.pk), thing_name="Marlene", facts=given,
        )  # fmt: skip


def columns(row: Any, *names: str) -> tuple[Any, ...]:
    row.refresh_from_db()
    return tuple(getattr(row, name) for name in names)


def test_origins_are_filled() -> None:
    rows = Rows(today)
    cloned, adopted, readopted = rows.voice(), rows.voice(), rows.voice()
    silent, synced = rows.voice(job=rows.job()), rows.voice()
    rows.entry("voice.cloned", cloned)
    rows.entry("voice.adopted", adopted)
    rows.entry("voice.cloned", readopted)
    rows.entry("voice.adopted", readopted)
    rows.entry("voice.edited", synced, changes={})
    fill("0007_fill_facts")
    found = [columns(row, "origin")[0] for row in (cloned, adopted, readopted, silent, synced)]
    assert found == ["cloned", "adopted", "adopted", "cloned", "synced"]


def test_authors_of_notes_are_filled() -> None:
    rows = Rows(today)
    noted, left, bare = rows.voice(notes="Warm"), rows.voice(notes="Cold"), rows.voice()
    rows.entry("voice.noted", noted, actor_id=None)
    rows.entry("voice.noted", noted, minutes=5)
    rows.entry("voice.noted", left, actor_id=999_999)  # who is no user any more
    fill("0007_fill_facts")
    assert columns(noted, "notes_by_id", "notes_at") == (rows.ed.pk, NOON + timedelta(minutes=5))
    assert columns(left, "notes_by_id", "notes_at") == (None, NOON)
    assert columns(bare, "notes_by_id", "notes_at") == (None, None)


def test_editors_are_filled_while_their_words_stand() -> None:
    rows = Rows(today)
    renamed, edited = rows.voice(name="Sora"), rows.voice(description="Warm", primary_language="de-DE")
    moved_on, odd = rows.voice(name="Elsewhere"), rows.voice()
    rows.entry("voice.renamed", renamed, **{"from": "Marlene", "to": "Sora"})
    changes = {"description": ["", "Warm"], "primary_language": ["en", "de-DE"]}
    rows.entry("voice.edited", edited, minutes=1, changes=changes)
    rows.entry("voice.renamed", moved_on, **{"from": "Elsewhere", "to": "Elsewhere"})
    rows.entry(
        "voice.renamed", moved_on, **{"from": "Elsewhere", "to": "Sora"}
    )  # a sync changed it after that
    rows.entry("voice.edited", odd, changes={"description": "text"})
    fill("0007_fill_facts")
    assert columns(renamed, "edited_by_id", "edited_at") == (rows.ed.pk, NOON)
    assert columns(edited, "edited_by_id", "edited_at") == (rows.ed.pk, NOON + timedelta(minutes=1))
    assert columns(moved_on, "edited_by_id", "edited_at") == (None, None)
    assert columns(odd, "edited_by_id", "edited_at") == (None, None)


def test_what_a_clone_replaces_is_filled() -> None:
    rows = Rows(today)
    tombstone, foreign = (
        rows.voice(deleted_at=NOON),
        rows.voice(team=rows.model("Team").objects.create(name="S")),
    )
    again, first, lost, crossed = rows.job(), rows.job(name="a"), rows.job(name="b"), rows.job(name="c")
    rows.entry("clone.submitted", again, replaces=str(tombstone.pk))
    rows.entry("clone.submitted", first)
    rows.entry("clone.submitted", lost, replaces=str(uuid4()))
    rows.entry("clone.submitted", crossed, replaces=str(foreign.pk))
    fill("0007_fill_facts")
    found = [columns(job, "replaces_id")[0] for job in (again, first, lost, crossed)]
    assert found == [tombstone.pk, None, None, None]


def test_more_entries_than_a_batch_are_filled() -> None:
    rows = Rows(today)
    voices = [rows.voice() for _ in range(3)]
    for number in range(501):
        rows.entry("voice.noted", voices[number % 3], minutes=number)
    fill("0007_fill_facts")
    last = [columns(voice, "notes_at")[0] - NOON for voice in voices]
    assert last == [timedelta(minutes=minutes) for minutes in (498, 499, 500)]


def test_models_of_voices_are_filled() -> None:
    rows = Rows(today)
    voices = [
        rows.voice(definition=definition, deleted_at=deleted_at)
        for definition, deleted_at in (
            ({"cartesia": {"voiceId": "x", "model": "sonic"}}, None),
            ({"inworld": {"modelId": "inworld-tts-1"}}, NOON),
            ({"google": {"model": "chirp"}}, None),
            ({"lmnt": {"model": "m" * 81}}, None),
            ({}, None),
        )
    ]
    fill("0035_fill_voice_model")
    assert [columns(voice, "model")[0] for voice in voices] == ["sonic", "inworld-tts-1", "", "", ""]
