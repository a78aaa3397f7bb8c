"""Audit entries as the chain reads and writes them: plain rows, since a model instance takes ten times as long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from voices.kit.hash_chain import content_bytes
from voices.models.audit import AuditEntry

_TABLE = AuditEntry._meta.db_table
# What `AuditEntry.content` gives, from the stored columns: always texts, which no converter of the driver touches.
_SAME = ("actor_name", "verb", "topic", "thing", "thing_id", "thing_name", "address", "request_id")
_CONTENT = {
    "sqlite": (
        "CASE length(at) WHEN 19 THEN at || '.000000' ELSE at || '' END", "coalesce(team_id, '')",
        "coalesce(CAST(actor_id AS text), '')", *_SAME,
    ),
    "postgresql": (
        "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "coalesce(replace(team_id::text, '-', ''), '')",
        "coalesce(actor_id::text, '')", *_SAME,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChainRow:
    """An entry by what the chain knows of it."""

    id: int
    sequence: int | None
    previous_hash: str
    hash: str
    mac: str
    content: bytes


def sealed_rows(after: int, limit: int) -> list[ChainRow]:
    """Return the sealed entries after that sequence number, in their order."""
    return _rows("sequence > %s ORDER BY sequence LIMIT %s", (after, limit))


def unsealed_rows(after: int, limit: int) -> list[ChainRow]:
    """Return the entries that wait to be sealed, after that id, in the order of their ids."""
    return _rows("sequence IS NULL AND id > %s ORDER BY id LIMIT %s", (after, limit))


def _rows(condition: str, values: Sequence[Any]) -> list[ChainRow]:
    database = _database()
    columns = ", ".join(("id", "sequence", "previous_hash", "hash", "mac", *_CONTENT[database.vendor]))
    query = f"SELECT {columns}, CAST(facts AS text) FROM {_TABLE} WHERE {condition}"  # noqa: S608  # names of ours
    with database.cursor() as cursor:
        cursor.execute(query, values)
        return [_row(*row) for row in cursor.fetchall()]


def _row(number: int, sequence: int | None, previous: str, link: str, mac: str, *content: str) -> ChainRow:
    return ChainRow(number, sequence, previous, link, mac, content_bytes(content[:-1], content[-1]))


def store_links(links: Sequence[tuple[int, int, str, str]]) -> int:
    """Seal entries: (id, sequence, previous hash, hash) of each, in one statement. Return how many that did."""
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(links))
    statement = f"""WITH link(id, sequence, previous_hash, hash) AS (VALUES {rows})
        UPDATE {_TABLE} SET sequence = link.sequence, previous_hash = link.previous_hash, hash = link.hash
        FROM link WHERE {_TABLE}.id = link.id AND {_TABLE}.sequence IS NULL"""  # noqa: S608  # names of ours
    with _database().cursor() as cursor:
        cursor.execute(statement, list(chain.from_iterable(links)))
        return int(cursor.rowcount)


def repeated_macs(limit: int) -> Iterator[tuple[str, int]]:
    """Yield MACs that more than one entry has, with how many: copies of an entry."""
    query = f"""SELECT mac, count(*) FROM {_TABLE} WHERE mac <> '' GROUP BY mac HAVING count(*) > 1
        ORDER BY mac LIMIT %s"""  # noqa: S608  # names of ours
    with _database().cursor() as cursor:
        cursor.execute(query, [limit])
        yield from cursor.fetchall()


def _database() -> BaseDatabaseWrapper:
    return connections[router.db_for_write(AuditEntry)]
