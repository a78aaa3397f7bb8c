"""The database: it answers, can be written, and has the tables of this version."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from voices.actions.checkup.base import Check, Problem

SQLITE_WAIT_MS = 1_000
POSTGRESQL_OPTIONS = {"connect_timeout": 2, "options": "-c statement_timeout=1500"}
AWAY = Problem(
    sentence="the database does not respond or cannot be written to",
    remedy="Check that PostgreSQL is running and that VOICESTUDIO_DATABASE_URL is right. With "
    "SQLite, check that the data folder is writable, its disk is not full, and no other program "
    "has locked the database.",
)


@contextmanager
def short_waits() -> Iterator[None]:
    """Limit this thread's waits for the database to a second or two, less than a page may wait."""
    patience = _short_on_postgresql if connection.vendor == "postgresql" else _short_on_sqlite
    with patience():
        yield


@contextmanager
def _short_on_postgresql() -> Iterator[None]:
    # A connection of its own, since the pool waits longer than the caller.
    usual = connections[DEFAULT_DB_ALIAS]
    bare = usual.copy()
    options = {name: value for name, value in bare.settings_dict["OPTIONS"].items() if name != "pool"}
    bare.settings_dict = bare.settings_dict | {"OPTIONS": options | POSTGRESQL_OPTIONS}
    connections[DEFAULT_DB_ALIAS] = bare
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        bare.close()


@contextmanager
def _short_on_sqlite() -> Iterator[None]:
    usual = settings.DATABASES[DEFAULT_DB_ALIAS]["OPTIONS"]["timeout"] * 1_000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_WAIT_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={usual}")


def _database_problems() -> Iterator[Problem]:
    try:
        # On SQLite the transaction takes the write lock, so that a locked database is noticed.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # of no table: another check looks for the tables
            is_read_only = connection.vendor == "postgresql" and _is_read_only()
    except (DatabaseError, InterfaceError):
        yield AWAY
    else:
        yield from [AWAY] if is_read_only else []


def _is_read_only() -> bool:
    """Whether PostgreSQL is read-only, such as a standby that was not promoted."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("on",))


class Migrations:
    """Finds unapplied migrations. Once all are applied, it stops looking."""

    def __init__(self) -> None:
        self._are_applied = False

    def problems(self) -> Iterator[Problem]:
        """Yield one problem with the number of unapplied migrations."""
        pending = 0 if self._are_applied else pending_migrations()
        self._are_applied = not pending
        if pending:
            yield Problem(
                sentence=f"{pending} {'migration is' if pending == 1 else 'migrations are'} not applied",
                remedy="Stop Voice Studio, run manage.py migrate, and start it again. manage.py "
                "serve does this itself.",
            )


def pending_migrations() -> int:
    """Return how many migrations of this version are not applied."""
    # By name: importing and ordering all of them, as `migrate` does, takes longer than a probe may wait.
    return len(set(_migrations()) - MigrationRecorder(connection).applied_migrations().keys())


def _migrations() -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(app.label)
        if package and find_spec(package):
            files = iter_modules(import_module(package).__path__)
            yield from ((app.label, file.name) for file in files if file.name[0] not in "_~")


DATABASE = Check(name="database", problems=_database_problems, is_probed=True, uses_database=True)
MIGRATIONS = Check(name="migrations", problems=Migrations().problems, is_probed=True, uses_database=True)
