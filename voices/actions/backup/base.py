"""What both databases' snapshots have in common."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from voices.kit.archives import Archive, Pace


class BackupError(Exception):
    """A backup cannot be made or restored; the message is a sentence for people."""


class Snapshot(Protocol):
    """The database as it was at one moment."""

    facts: dict[str, Any]

    def rows(self, statement: str, /) -> list[tuple[Any, ...]]:
        """Return what a query finds."""

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Yield the files that hold all of it, with their names in the archive."""


class Database(Protocol):
    """What a database's module does."""

    def snapshot(self, folder: Path, pace: Pace, wait_seconds: int, /) -> AbstractContextManager[Snapshot]:
        """Take a snapshot; its files go to the folder. Wait so long for what is locked. Raise BackupError."""

    def restore(self, archive: Archive, /) -> None:
        """Put an archive's rows in the place of an empty database, all or nothing. Raise BackupError."""


def without_rows() -> set[str]:
    """Return the tables whose rows no backup has: sessions, whose keys are as good as a login, and the cache."""
    cache = settings.CACHES["default"]
    tables = {"django_session", "usersessions_usersession"}
    return tables | ({cache["LOCATION"]} if cache["BACKEND"].endswith("DatabaseCache") else set())


@contextmanager
def database_errors() -> Iterator[None]:
    """Say what the database says in a sentence, as a BackupError."""
    try:
        yield
    except (DatabaseError, InterfaceError) as problem:
        said = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        if "lock" in said:
            raise BackupError(
                f"Another program has kept the database locked ({said}). Try again when it has finished."
            ) from problem
        raise BackupError(f"The database can't be backed up ({said}).") from problem
