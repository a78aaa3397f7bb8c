"""Entries of the activity trail for the bench: many by SQL, for pages; fewer by the program, sealed, for the chain."""

import hashlib
import json

from django.db import connection, transaction

from tests.bench.seed import first_member
from tests.bench.timing import in_turn, seconds
from voices import audit
from voices.actions.activity.sealing import seal_entries
from voices.library.trail.verification import Verification
from voices.models import AuditEntry, Membership, Team, audit_triggers

AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', (-i * 60) || ' seconds') || '000'",
    "postgresql": "now() - i * interval '1 minute'",
}
PAIRS, WRITTEN = 3, 1_000


def add_entries(count: int) -> None:
    """Add entries of the admin's team, one a minute: by 20 people, from 200 addresses, about 10,000 things.

    Their numbers are negative: they are in no chain, and the worker does not seal them meanwhile.
    """
    member = first_member()
    team = member.team_id.hex if connection.vendor == "sqlite" else str(member.team_id)
    statement = f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO voices_auditentry (at, team_id, actor_id, actor_name, verb, topic, thing, thing_id, thing_name,
            facts, address, request_id, mac, previous_hash, hash, sequence)
        SELECT {AT[connection.vendor]}, %s, CASE i % 20 WHEN 0 THEN %s ELSE 1000 + i % 20 END, 'Ada',
            CASE i % 3 WHEN 0 THEN 'voice.tagged' WHEN 1 THEN 'tag.made' ELSE 'key.tested' END,
            CASE i % 3 WHEN 0 THEN 'voices' WHEN 1 THEN 'organising' ELSE 'keys' END,
            'voice', 'id-' || (i % 10000), 'Voice ' || (i % 10000), '{{"tag": "Warm"}}', '198.51.100.' || (i % 200),
            '{"0" * 32}', '', '', '', -i FROM n"""  # noqa: S608  # numbers of ours
    with connection.cursor() as cursor:
        cursor.execute(statement.replace(" % ", " %% "), [team, member.user.pk])
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE voices_auditentry")


def add_chain(count: int) -> None:
    """Add entries as the program writes them, and seal them."""
    member = first_member()
    for begin in range(0, count, 10_000):
        entries = [
            audit.new_entry(
                actor=member.user, team=member.team, verb="voice.tagged", thing=member.team,
                facts={"tag": f"Tag {number}", "voices": number},
            )
            for number in range(begin, min(begin + 10_000, count))
        ]  # fmt: skip
        AuditEntry.objects.bulk_create(entries, batch_size=500)
    while seal_entries():
        pass


def compare_verification() -> None:
    """Print the seconds of verifying the chain, and of reading the same rows plainly and hashing their text."""
    both = in_turn(lambda: seconds(_verify), lambda: seconds(_read_and_hash), pairs=PAIRS)
    print(json.dumps(vars(both) | {"entries": AuditEntry.objects.filter(sequence__gt=0).count()}))


def _verify() -> None:
    assert list(Verification().findings()) == []


def _read_and_hash() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM voices_auditentry WHERE sequence IS NOT NULL ORDER BY sequence")
        while rows := cursor.fetchmany(5_000):
            for row in rows:
                hashlib.sha256(repr(row).encode()).hexdigest()


def compare_writing() -> None:
    """Print the seconds of 1,000 entries in bulk as they are, and without triggers, MAC and later sealing."""
    member = first_member()
    things = [member.team] * WRITTEN

    def ours() -> float:
        return seconds(lambda: _write(member, things)) + seconds(seal_entries)

    def plain() -> float:
        audit_triggers.drop(connection)
        entries = [_bare(member) for _ in things]
        took = seconds(lambda: AuditEntry.objects.bulk_create(entries, batch_size=500))
        AuditEntry.objects.filter(mac="")._raw_delete("default")
        audit_triggers.install(connection)
        return took

    print(json.dumps(vars(in_turn(ours, plain, pairs=PAIRS))))


def _write(member: Membership, things: list[Team]) -> None:
    with transaction.atomic():
        audit.record_each(member, "voice.tagged", things, tag="Warm")


def _bare(member: Membership) -> AuditEntry:
    return AuditEntry(
        team=member.team, actor=member.user, actor_name="Ada", verb="voice.tagged", thing="team",
        thing_id=str(member.team.pk), thing_name="Northwind", facts={"tag": "Warm"},
    )  # fmt: skip
