"""Whatever raw SQL does to the activity trail, its verification finds; the trail itself it calls whole."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django.fixtures import Settings

from tests.base import Cast
from voices import audit
from voices.actions.activity.pruning import prune_entries
from voices.actions.activity.sealing import seal_entries
from voices.library.trail.verification import Verification, read_head
from voices.models import AuditChain, AuditEntry, audit_triggers

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FACTS = {"z": [1, 2.5, {"b": "é", "a": None}], "a": 1e16, "from": "Old Tom"}


@pytest.fixture
def trail(cast: Cast) -> None:
    """Five sealed entries, a day apart, and a sixth that waits."""
    for days in range(5):
        entry = audit.new_entry(
            actor=cast.ada.user, team=cast.northwind, verb="tag.renamed", thing=cast.northwind, facts=FACTS,
            at=NOW - timedelta(days=30 - days, microseconds=days),
        )  # fmt: skip
        entry.save()
    seal_entries()
    audit.record_by(cast.ed, "tag.made", cast.northwind)


def run(statement: str, *values: object) -> None:
    """Do as somebody with the database's password and without its triggers."""
    audit_triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    audit_triggers.install(connection)


def refuse(statement: str) -> None:
    """Run a statement that the database must refuse."""
    refused = pytest.raises(IntegrityError, match="cannot be changed or deleted")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def findings() -> list[str]:
    return list(Verification().findings())


def row(sequence: int) -> AuditEntry:
    return AuditEntry.objects.get(sequence=sequence)


@pytest.mark.usefixtures("trail")
def test_untouched_trail_is_whole_and_counted() -> None:
    reading = Verification()
    assert list(reading.findings()) == []
    assert (reading.checked, reading.waiting, reading.head.sequence) == (5, 1, 5)
    assert [one.previous_hash for one in AuditEntry.objects.filter(sequence__gt=1).order_by("sequence")] == [
        one.hash for one in AuditEntry.objects.filter(sequence__lt=5).order_by("sequence")
    ]


def changed_name() -> list[str]:
    run("UPDATE voices_auditentry SET actor_name = 'Eve' WHERE sequence = 2")
    return [f"Entry 2 (id {row(2).pk}) was changed after it was sealed."]


def changed_time() -> list[str]:
    run("UPDATE voices_auditentry SET at = %s WHERE sequence = 3", NOW.replace(tzinfo=None))
    return [f"Entry 3 (id {row(3).pk}) was changed after it was sealed."]


def changed_facts() -> list[str]:
    run("UPDATE voices_auditentry SET facts = '{}' WHERE sequence = 5")
    return [f"Entry 5 (id {row(5).pk}) was changed after it was sealed."]


def removed() -> list[str]:
    run("DELETE FROM voices_auditentry WHERE sequence = 2")
    return ["Entry 2 is missing."]


def removed_first() -> list[str]:
    run("DELETE FROM voices_auditentry WHERE sequence <= 2")
    return ["Entries 1 to 2 are missing."]


def cut_tail() -> list[str]:
    run("DELETE FROM voices_auditentry WHERE sequence >= 4")
    return ["Entries 4 to 5 are missing. They were the end of the chain."]


def cut_tail_and_note() -> list[str]:
    """The note of the chain's end is written anew too, but its MAC takes the key."""
    run("DELETE FROM voices_auditentry WHERE sequence >= 4")
    run("UPDATE voices_auditchain SET sequence = 3, hash = %s", row(3).hash)
    return ["The record of where the chain ends was changed, so entries may be missing at the end."]


def swapped() -> list[str]:
    two, three = row(2), row(3)
    run("UPDATE voices_auditentry SET sequence = 99 WHERE id = %s", two.pk)
    run("UPDATE voices_auditentry SET sequence = 2 WHERE id = %s", three.pk)
    run("UPDATE voices_auditentry SET sequence = 3 WHERE id = %s", two.pk)
    return [
        f"Entry 2 (id {three.pk}) doesn't follow the one before it: one of them was moved or replaced.",
        f"Entry 2 (id {three.pk}) was changed after it was sealed.",
        f"Entry 3 (id {two.pk}) doesn't follow the one before it: one of them was moved or replaced.",
        f"Entry 3 (id {two.pk}) was changed after it was sealed.",
        f"Entry 4 (id {row(4).pk}) doesn't follow the one before it: one of them was moved or replaced.",
    ]


COLUMNS = "at, team_id, actor_id, verb, topic, thing, thing_id, thing_name, facts, address, request_id, mac"
INSERT = f"""INSERT INTO voices_auditentry ({COLUMNS}, actor_name, previous_hash, hash)
    SELECT {COLUMNS}, %s, '', '' FROM voices_auditentry WHERE sequence = 2"""  # noqa: S608  # names of ours


def slipped_in() -> list[str]:
    """A forged entry, which the worker then seals without asking."""
    run(INSERT, "Eve")
    forged = AuditEntry.objects.latest("pk").pk
    run("UPDATE voices_auditentry SET mac = %s WHERE id = %s", f"{audit.trail_key().id}:{'0' * 64}", forged)
    seal_entries()
    assert row(7).pk == forged
    return [
        f"Entry 7 (id {forged}) was not written by Voice Studio, or changed before it was sealed.",
    ]


def copied() -> list[str]:
    """A true entry once more: its MAC is right."""
    run(INSERT, "Ada")
    copy = AuditEntry.objects.latest("pk").pk
    return [f"Entries {row(2).pk}, {copy} are 2 copies of one entry."]


def changed_before_sealing() -> list[str]:
    waiting = AuditEntry.objects.get(sequence=None).pk
    run("UPDATE voices_auditentry SET verb = 'tag.removed' WHERE id = %s", waiting)
    return [f"The entry with id {waiting}, not sealed yet, was changed or not written by Voice Studio."]


def other_key() -> list[str]:
    """A MAC that claims to be of a key which is not there."""
    waiting = AuditEntry.objects.get(sequence=None).pk
    run("UPDATE voices_auditentry SET mac = %s WHERE id = %s", f"abcdef01:{'0' * 64}", waiting)
    return [
        "Signed with another key (abcdef01): 1 of the entries. If the activity key was replaced, they can be "
        "trusted from the time they were sealed. Otherwise, Voice Studio didn't write them."
    ]


def no_triggers() -> list[str]:
    audit_triggers.drop(connection)
    return [
        "The database doesn't protect entries from changes: its triggers are missing. Run `manage.py migrate`."
    ]


TAMPERING = (
    changed_name, changed_time, changed_facts, removed, removed_first, cut_tail, cut_tail_and_note, swapped,
    slipped_in, copied, changed_before_sealing, other_key, no_triggers,
)  # fmt: skip


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("tamper", TAMPERING)
def test_verification_finds_what_raw_sql_did(tamper: Callable[[], list[str]]) -> None:
    expected = tamper()
    assert findings() == expected


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE voices_auditentry SET actor_name = 'Eve'",
        "UPDATE voices_auditentry SET hash = '' WHERE sequence = 2",
        "UPDATE voices_auditentry SET sequence = NULL WHERE sequence = 2",
        "UPDATE voices_auditentry SET sequence = 9, verb = 'tag.removed' WHERE sequence IS NULL",
        "DELETE FROM voices_auditentry WHERE sequence = 1",
        "DELETE FROM voices_auditentry WHERE sequence IS NULL",
    ],
)
def test_database_refuses_to_change_and_delete(statement: str) -> None:
    refuse(statement)
    assert findings() == []


@pytest.mark.usefixtures("trail")
@pytest.mark.postgresql_only
def test_database_refuses_to_truncate() -> None:
    refuse("TRUNCATE voices_auditentry")


@pytest.mark.usefixtures("trail")
@pytest.mark.sqlite_only
def test_sqlite_refuses_to_replace() -> None:
    statement = (
        INSERT.replace("INSERT", "INSERT OR REPLACE").replace(" at,", " id, at,").replace("(at,", "(id, at,")
    )
    refuse(statement.replace("%s", "'Eve'"))


@pytest.mark.usefixtures("trail")
def test_lost_end_of_the_chain_is_found_and_stops_no_upkeep() -> None:
    run("DELETE FROM voices_auditchain")
    assert seal_entries() == 0
    assert findings() == ["The chain ends with entry 0, but there are entries up to 5."]


# --- pruning ---


@pytest.mark.usefixtures("trail")
def test_pruned_trail_still_verifies_and_says_so() -> None:
    pruned = row(2)
    assert prune_entries(now=NOW, days=28.5) == 2
    assert prune_entries(now=NOW, days=28.5) == 0
    entry = AuditEntry.objects.get(verb="activity.pruned")
    assert entry.facts == {"entries": 2, "before": "2026-11-01", "sequence": 2, "hash": pruned.hash}
    seal_entries()
    assert findings() == []
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == [3, 4, 5, 6, 7]


@pytest.mark.usefixtures("trail")
def test_pruning_keeps_all_without_a_limit_and_what_is_young(settings: Settings) -> None:
    assert prune_entries(now=NOW, days=0) == 0
    settings.ACTIVITY_DAYS = 100_000
    printed = StringIO()
    call_command("prune_activity", stdout=printed)
    assert printed.getvalue() == "Nothing is old enough to be deleted.\n"
    assert AuditEntry.objects.count() == 6


@pytest.mark.usefixtures("trail")
def test_removal_by_a_forged_note_of_pruning_is_found() -> None:
    hash_of_2 = row(2).hash
    run("DELETE FROM voices_auditentry WHERE sequence <= 2")
    run("UPDATE voices_auditchain SET pruned_sequence = 2, pruned_hash = %s", hash_of_2)
    assert findings() == [
        "The record of where the chain ends was changed, so entries may be missing at the end."
    ]


# --- the command ---


def verify(*arguments: str) -> str:
    printed = StringIO()
    call_command("verify_activity", *arguments, stdout=printed)
    return printed.getvalue()


@pytest.mark.usefixtures("trail")
def test_command_prints_the_head_and_compares_it_later() -> None:
    told = verify()
    head = f"5:{row(5).hash}"
    assert told == (
        f"Entries read: 5, and 1 that wait to be sealed.\nHead: {head}\nThe activity trail is intact.\n"
    )
    seal_entries()
    assert "Entries read: 6," in verify("--expect", head)
    assert "Entries read: 1," in verify("--from-head", head)
    prune_entries(now=NOW, days=28.5)
    assert "The activity trail is intact." in verify("--expect", head)


@pytest.mark.usefixtures("trail")
def test_command_finds_a_chain_rewritten_as_a_whole(settings: Settings) -> None:
    """By somebody who has the code and the key as well: only a head noted outside tells."""
    head = str(AuditChain.objects.get())
    run("UPDATE voices_auditentry SET sequence = NULL")
    run("UPDATE voices_auditentry SET actor_name = 'Eve' WHERE id = %s", AuditEntry.objects.earliest("pk").pk)
    for entry in AuditEntry.objects.all():
        run(
            "UPDATE voices_auditentry SET mac = %s WHERE id = %s",
            audit.trail_key().mac(entry.content()),
            entry.pk,
        )
    run("DELETE FROM voices_auditchain")
    seal_entries()
    assert "The activity trail is intact." in verify()
    with pytest.raises(CommandError, match="Findings: 1"):
        verify("--expect", head)


@pytest.mark.usefixtures("trail")
def test_missing_key_is_one_sentence_and_the_chain_is_read(settings: Settings) -> None:
    settings.ACTIVITY_KEY = "another one, as the file was lost"
    told = findings()
    assert told[0].startswith(
        "The record of where the chain ends was signed with another key. Restore the secrets/"
    )
    assert [(one[:23], one[33:52]) for one in told[1:]] == [
        ("Signed with another key", "): 6 of the entries")
    ]


@pytest.mark.parametrize("text", ["", "5", "5:abc", f"x:{'a' * 64}", f"{'9' * 19}:{'a' * 64}"])
def test_malformed_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="A head is a number"):
        read_head(text)
