"""History is added to and never rewritten."""

import pytest
from django.db import transaction

from tests.base import Cast
from voices import audit
from voices.models import AuditEntry


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
