"""History is added to and never rewritten."""

from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from tests.base import Cast
from voices import audit
from voices.library.trail.verification import Verification
from voices.models import AuditEntry, audit_triggers


@pytest.fixture
def entry(cast: Cast) -> AuditEntry:
    return audit.record(
        actor=cast.ada.user, team=cast.northwind, verb="team.created", thing=cast.northwind, size=3
    )


def test_audit_entry_records_actor_verb_and_thing(entry: AuditEntry, cast: Cast) -> None:
    kept = AuditEntry.objects.get()
    assert (kept.actor, kept.team, kept.verb, kept.facts) == (
        cast.ada.user, cast.northwind, "team.created", {"size": 3},
    )  # fmt: skip
    assert (kept.thing, kept.thing_id, kept.thing_name) == ("team", str(cast.northwind.pk), "Northwind")
    assert audit.sentence(kept) == "Ada created the team Northwind"


def test_audit_entry_cannot_be_changed(entry: AuditEntry) -> None:
    entry.verb = "key.removed"
    with pytest.raises(TypeError, match="cannot be changed"):
        entry.save()
    with pytest.raises(TypeError, match="cannot be changed"):
        AuditEntry.objects.update(verb="key.removed")
    assert AuditEntry.objects.get().verb == "team.created"


def test_audit_entry_cannot_be_deleted(entry: AuditEntry) -> None:
    with pytest.raises(TypeError, match="cannot be deleted"):
        entry.delete()
    with pytest.raises(TypeError, match="cannot be deleted"):
        AuditEntry.objects.filter(pk=entry.pk).delete()
    assert AuditEntry.objects.count() == 1


def test_audit_entries_cannot_be_changed_in_bulk(entry: AuditEntry) -> None:
    entry.verb = "key.removed"
    with pytest.raises(TypeError, match="cannot be changed"), transaction.atomic():
        AuditEntry.objects.bulk_update([entry], ["verb"])
    assert AuditEntry.objects.get().verb == "team.created"


def test_audit_refuses_an_unknown_verb(cast: Cast) -> None:
    with pytest.raises(KeyError):
        audit.record(actor=None, team=None, verb="voice.eaten", thing=cast.northwind)


def test_audit_outlives_team_and_person(entry: AuditEntry, cast: Cast) -> None:
    person = cast.ada.user
    cast.northwind.delete()
    person.delete()
    kept = AuditEntry.objects.get()
    assert (kept.actor_name, kept.thing_name) == ("Ada", "Northwind")


# --- the database's own guard, and entries from before the chain ---


def test_migrate_restores_a_missing_trigger(db: None) -> None:
    assert audit_triggers.is_installed(connection)
    on = " ON voices_auditentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER voices_audit_delete{on}")
    assert not audit_triggers.is_installed(connection)
    call_command("migrate", verbosity=0)
    assert audit_triggers.is_installed(connection)


def test_old_entries_are_chained_by_their_migration(cast: Cast) -> None:
    """They then verify by the code of today, floats, accents and a missing team included."""
    facts = [{"address": "203.0.113.7", "b": [1.5, 1e16, {"é": None, "a": "\x1f"}]}, {}, {"a": -0.0}]
    for number, team in enumerate((cast.northwind, None, cast.southwind)):
        AuditEntry.objects.create(
            team=team, actor=cast.ada.user if number else None, actor_name="Zoë", verb="person.logged_in",
            thing_name="a\x1fb" * number, facts=facts[number], at=datetime(2026, 1, 1, microsecond=number, tzinfo=UTC),
        )  # fmt: skip
    audit_triggers.drop(connection)
    editor = SimpleNamespace(connection=connection)  # a real one takes no transaction on SQLite
    import_module("voices.migrations.0024_chain_old_entries").fill(apps, editor)
    audit_triggers.install(connection)
    reading = Verification()
    assert (list(reading.findings()), reading.checked) == ([], 3)
    assert list(AuditEntry.objects.order_by("pk").values_list("topic", "address")) == [
        ("logins", "203.0.113.7"), ("logins", ""), ("logins", ""),
    ]  # fmt: skip
