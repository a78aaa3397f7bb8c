"""A snapshot of PostgreSQL: its tables by COPY, in one repeatable-read transaction.

That needs no client programs, whose version would have to match the server's. Why not pg_dump:
docs/decisions/0078-backups-are-one-signed-archive.md
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.recorder import MigrationRecorder

from voices.actions.backup.base import database_errors, excluded_tables
from voices.kit.archives import Archive, Throttle
from voices.models import audit_triggers

ENDING = ".copy"
ROWS_PER_PAUSE = 64  # COPY hands out a row at a time

COLUMNS = """SELECT column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"""


class PostgresqlSnapshot:
    """A file for each table, and the values of the sequences."""

    def __init__(self, cursor: Any, folder: Path) -> None:
        self._cursor = cursor
        self._folder = folder
        self.facts: dict[str, Any] = {"tables": {}, "sequences": {}}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the result of a query."""
        with _errors():
            self._cursor.execute(statement)
            found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Yield the tables' files."""
        for table in self.facts["tables"]:
            yield f"database/{table}{ENDING}", self._folder / f"{table}{ENDING}"

    def copy(self, throttle: Throttle) -> None:
        """Write all tables to their files."""
        for table in _tables():
            if table == audit_triggers.PRUNING_TABLE:
                continue  # empty, and made with the triggers, not by a migration
            self._cursor.execute(COLUMNS, [table])
            columns = dict(self._cursor.fetchall())
            self.facts["tables"][table] = list(columns)
            self._note_sequences(column for column in columns.values() if column)
            self._copy_rows(table, list(columns), throttle)

    def _note_sequences(self, names: Iterator[str]) -> None:
        for name in names:
            self._cursor.execute(f"SELECT last_value, is_called FROM {name}")  # noqa: S608  # quoted by the server
            last, is_called = self._cursor.fetchone()
            if is_called:
                self.facts["sequences"][name] = last

    def _copy_rows(self, table: str, columns: list[str], throttle: Throttle) -> None:
        with (self._folder / f"{table}{ENDING}").open("wb") as file:
            if table in excluded_tables():
                return
            with self._cursor.copy(f'COPY "{table}" ({_quoted(columns)}) TO STDOUT') as rows:
                for number, row in enumerate(rows):
                    file.write(row)
                    if number % ROWS_PER_PAUSE == 0:
                        throttle.pause()


@contextmanager
def snapshot(folder: Path, throttle: Throttle, wait_seconds: int) -> Iterator[PostgresqlSnapshot]:
    """Copy all tables as they are now. Raise BackupError."""
    bare = connection.copy()
    options = {name: value for name, value in bare.settings_dict["OPTIONS"].items() if name != "pool"}
    bare.settings_dict = bare.settings_dict | {"OPTIONS": options}
    with closing(bare), _errors():
        bare.ensure_connection()
        with bare.connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{wait_seconds}s'")
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = PostgresqlSnapshot(cursor, folder)
            found.copy(throttle)
            yield found


def restore(archive: Archive) -> None:
    """Create the tables as they were and fill them, in one transaction. Raise BackupError."""
    facts = archive.facts
    with _errors(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        _drop_tables(cursor)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with a check still to come can be altered
        migrate_to({(app, name) for app, name in facts["migrations"]})
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in facts["tables"]:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
            cursor.execute(f'TRUNCATE "{table}" CASCADE')
        for table, columns in facts["tables"].items():
            _fill(archive, table, columns)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in facts["tables"]:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        for name, last in facts["sequences"].items():
            cursor.execute("SELECT setval(%s, %s)", [name, last])


def _fill(archive: Archive, table: str, columns: list[str]) -> None:
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({_quoted(columns)}) FROM STDIN') as rows,
    ):
        for piece in archive.pieces(f"database/{table}{ENDING}"):
            rows.write(piece)


def _drop_tables(cursor: Any) -> None:
    if tables := _tables():
        cursor.execute(f"DROP TABLE {_quoted(tables)} CASCADE")


def migrate_to(applied: set[tuple[str, str]]) -> None:
    """Create the tables of that migration state in an empty database.

    No receiver is called: those are for the latest state.
    """
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in applied:
        recorder.record_applied(app, name)
    # It reads which migrations Django uses for that state: a squashed one, or those that it replaces.
    executor = MigrationExecutor(connection)
    latest = _latest(executor.loader.graph, set(executor.loader.applied_migrations))
    recorder.flush()
    executor.loader.applied_migrations = {}
    executor.migrate(latest)


def _latest(graph: MigrationGraph, applied: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the last applied migration of each app."""
    known = {one for one in applied if one in graph.nodes}
    followed = {
        parent.key for one in known for parent in graph.node_map[one].parents if parent.key[0] == one[0]
    }
    return sorted(known - followed)


def _tables() -> list[str]:
    """Return our existing tables, whether or not this version knows them."""
    labels = tuple(f"{config.label}_" for config in apps.get_app_configs())
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    return sorted(name for name in names if name.startswith((*labels, "django_")))


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@contextmanager
def _errors() -> Iterator[None]:
    with database_errors(), connection.wrap_database_errors:
        yield
