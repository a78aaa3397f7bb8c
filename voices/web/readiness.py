"""What a load balancer asks: whether this process can do its work, answered within two seconds."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from voices.models import SealCanary

SQLITE_WAIT_MS = 1_000
POSTGRESQL_OPTIONS = {"connect_timeout": 2, "options": "-c statement_timeout=1500"}


def problems() -> list[str]:
    """Return what keeps this process from working, each in a few words; [] if it is ready."""
    return [*_database_problems(), *_folder_problems()]


def _database_problems() -> list[str]:
    ask = _ask_postgresql if connection.vendor == "postgresql" else _ask_sqlite
    try:
        ask()
    except (DatabaseError, InterfaceError):
        return ["the database does not answer, or cannot be written"]
    return []


def _ask_postgresql() -> None:
    # A connection of its own: the pool waits longer than whoever asks.
    bare = connection.copy()
    options = {name: value for name, value in bare.settings_dict["OPTIONS"].items() if name != "pool"}
    bare.settings_dict = bare.settings_dict | {"OPTIONS": options | POSTGRESQL_OPTIONS}
    try:
        with bare.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {SealCanary._meta.db_table} LIMIT 1")  # noqa: S608  # our own table
    finally:
        bare.close()


def _ask_sqlite() -> None:
    # The transaction takes the write lock, so that a locked database is noticed.
    with _short_wait(), transaction.atomic():
        SealCanary.objects.exists()


@contextmanager
def _short_wait() -> Iterator[None]:
    usual = settings.DATABASES["default"]["OPTIONS"]["timeout"] * 1_000
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_WAIT_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={usual}")


def _folder_problems() -> list[str]:
    found = [_folder_problem(folder) for folder in _folders()]
    return list(dict.fromkeys(problem for problem in found if problem))


def _folders() -> list[Path]:
    """Return the folders that are written: for the database and uploads, and for files unless they are in S3."""
    storage = settings.STORAGES["default"]
    is_local = storage["BACKEND"].endswith(".FileSystemStorage")
    return [settings.DATA_DIR, *([Path(storage["OPTIONS"]["location"])] if is_local else [])]


def _folder_problem(folder: Path) -> str:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"?")
    except OSError as problem:
        return f"the folder {folder.name} cannot be written ({problem.strerror})"
    free = shutil.disk_usage(folder).free // 1_000_000
    return f"only {free} MB of disk space are left" if free < settings.MIN_FREE_MB else ""
