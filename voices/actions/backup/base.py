"""The interface of both databases' snapshots."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from voices.kit.archives import Archive, Throttle


class BackupError(Exception):
    """A backup cannot be made or restored; the message is a sentence for people."""


class Snapshot(Protocol):
    """The database as it was at one moment."""

    facts: dict[str, Any]

    def rows(self, statement: str, /) -> list[tuple[Any, ...]]:
        """Return the result of a query."""

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Yield the files of the snapshot, with their names in the archive."""


class Database(Protocol):
    """The functions of a database's module."""

    def snapshot(
        self, folder: Path, throttle: Throttle, wait_seconds: int, /
    ) -> AbstractContextManager[Snapshot]:
        """Take a snapshot into the folder, waiting up to `wait_seconds` for locks. Raise BackupError."""

    def restore(self, archive: Archive, /) -> None:
        """Restore an archive's rows into the empty database, all or none. Raise BackupError."""


def excluded_tables() -> set[str]:
    """Return the tables whose rows are left out of backups: sessions, whose keys grant access, and the cache."""
    cache = settings.CACHES["default"]
    tables = {"django_session", "usersessions_usersession"}
    return tables | ({cache["LOCATION"]} if cache["BACKEND"].endswith("DatabaseCache") else set())


@contextmanager
def database_errors() -> Iterator[None]:
    """Translate database errors into a BackupError with a sentence."""
    try:
        yield
    except (DatabaseError, InterfaceError) as problem:
        text = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        if "lock" in text:
            raise BackupError(
                f"Another program has kept the database locked ({text}). Try again when it has finished."
            ) from problem
        raise BackupError(f"The database can't be backed up ({text}).") from problem
