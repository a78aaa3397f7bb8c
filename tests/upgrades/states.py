"""Filled databases of earlier releases: how they are loaded, on SQLite as they were, on PostgreSQL row by row."""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from voices.actions.backup.postgresql import migrate_to

# Each is named by the last migration that the release had, and was written by `record.py` with its own code.
STATES = sorted(Path(__file__).parent.glob("*.sql.gz"))
# The keys in them are sealed with this one.
KEY = "YSBrZXkgb2YgdGVzdHMsIHByb3RlY3RzIG5vdGhpbmc="
# What each database keeps itself: sequences, SQLite's search index, what has expired, what comes with triggers.
OWN = ("sqlite_", "voices_text", "voicestudio_cache", "voices_auditpruning")

Rows = dict[str, list[dict[str, Any]]]  # by table


@contextmanager
def upgraded_from(state: Path, folder: Path) -> Iterator[Rows]:
    """Use a database of that release in place of the usual one. Give the rows that it has."""
    dump = gzip.decompress(state.read_bytes()).decode()
    path = folder / "old.sqlite3"
    with sqlite3.connect(path) as old:
        old.executescript(dump)
        rows = rows_of(old)
    old.close()
    if connection.vendor == "sqlite":
        with database(str(path)):
            yield rows
    else:
        with new_postgresql(), connection.cursor() as cursor:
            migrate_to({(row["app"], row["name"]) for row in rows["django_migrations"]})
            for table in rows.keys() - {"django_migrations"}:
                fill(cursor.connection, table, rows[table])
            cursor.close()
            yield rows


@contextmanager
def new_database(folder: Path) -> Iterator[None]:
    """Use an empty database in place of the usual one."""
    with database(str(folder / "new.sqlite3")) if connection.vendor == "sqlite" else new_postgresql():
        yield


@contextmanager
def database(name: str) -> Iterator[None]:
    """Let Django's connection lead to another database."""
    usual = connection.settings_dict["NAME"]
    try:
        connect_to(name)
        yield
    finally:
        connect_to(usual)


def connect_to(name: str) -> None:
    """Close what is open; whatever comes next is asked of that database."""
    connection.close()
    if close_pool := getattr(connection, "close_pool", None):
        close_pool()
    connection.settings_dict["NAME"] = name


def rows_of(old: sqlite3.Connection) -> Rows:
    """All rows of all tables that Django made."""
    old.row_factory = sqlite3.Row
    tables = old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = [row["name"] for row in tables.fetchall() if not row["name"].startswith(OWN)]
    return {name: [dict(row) for row in old.execute(f'SELECT * FROM "{name}"')] for name in names}  # noqa: S608


@contextmanager
def new_postgresql() -> Iterator[None]:
    """Use an empty database, dropped afterwards."""
    name = f"{connection.settings_dict['NAME']}_old"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        with database(name):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(postgresql: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """Put these rows in place of what the migrations have put there."""
    name = sql.Identifier(table)
    with postgresql.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # in any order, whatever refers to whatever
        cursor.execute(sql.SQL("DELETE FROM {}").format(name))
        types = column_types(cursor, table)
        for row in rows:
            values = [converted(types[column], value) for column, value in row.items()]
            columns = sql.SQL(", ").join(map(sql.Identifier, row))
            places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
            cursor.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(name, columns, places), values)
        if rows and types.get("id") in {"bigint", "integer"}:
            sequence = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
            cursor.execute(sequence.format(sql.Literal(table), name))
        cursor.execute("SET session_replication_role = DEFAULT")


def column_types(cursor: Any, table: str) -> dict[str, str]:
    """The type of each column by its name."""
    query = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
    return dict(cursor.execute(query, [table]).fetchall())


def converted(kind: str, value: Any) -> Any:
    """A value of SQLite as PostgreSQL has it."""
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "uuid":
        return UUID(value)
    if kind == "jsonb":
        return Jsonb(json.loads(value))
    if kind == "timestamp with time zone":
        return f"{value}+00:00"
    return value
