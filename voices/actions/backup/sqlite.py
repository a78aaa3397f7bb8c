"""A snapshot of SQLite: a copy of the file by SQLite's online backup, which does not block writers."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection

from voices.actions.backup.base import BackupError, database_errors, excluded_tables
from voices.kit.archives import Archive, Throttle

NAME = "database/voicestudio.sqlite3"
STEP_PAGES = 256  # 1 MB


class SqliteSnapshot:
    """A copy of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.facts: dict[str, Any] = {}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the result of a query."""
        with _errors(), closing(sqlite3.connect(self._path)) as copy:
            return copy.execute(statement).fetchall()

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Yield the copy."""
        yield NAME, self._path


@contextmanager
def snapshot(folder: Path, throttle: Throttle, wait_seconds: int) -> Iterator[SqliteSnapshot]:
    """Copy the database as it is now. Raise BackupError."""
    path = folder / "voicestudio.sqlite3"
    with (
        _errors(),
        closing(_open(_database(), wait_seconds=wait_seconds)) as source,
        closing(_open(path, "rwc")) as copy,
    ):
        # The copy restarts whenever somebody writes, unless this connection holds a read transaction.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        copy.execute("PRAGMA synchronous=OFF")  # only the archive has to be durable
        source.backup(copy, pages=STEP_PAGES, progress=lambda *_: throttle.pause())
        _delete_excluded_rows(copy)
    yield SqliteSnapshot(path)


def _delete_excluded_rows(copy: sqlite3.Connection) -> None:
    """Delete the rows of excluded tables, and leave a single file without a write-ahead log."""
    copy.execute("PRAGMA journal_mode=DELETE")
    copy.execute("PRAGMA secure_delete=ON")
    there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in excluded_tables() & there:
        copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  # names of ours


def restore(archive: Archive) -> None:
    """Replace the empty database file by a rename, as the last step. Raise BackupError."""
    path = _database()
    draft = path.with_name(path.name + ".restoring")
    try:
        with _errors():
            _write(archive, draft)
            _check_sound(draft)
            _empty_log(path)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(archive: Archive, draft: Path) -> None:
    with draft.open("wb") as file:
        for piece in archive.pieces(NAME):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _check_sound(path: Path) -> None:
    with closing(_open(path)) as copy:
        [verdict] = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise BackupError(f"The database in it is damaged ({verdict}).")


def _empty_log(path: Path) -> None:
    """Empty the write-ahead log of the old database, which would be taken for the new one's."""
    connection.close()
    if not path.exists():
        return
    try:
        with closing(_open(path)) as empty:
            empty.execute("PRAGMA journal_mode=DELETE")  # refused while anybody else has it open
    except sqlite3.OperationalError as problem:
        raise BackupError(
            f"Another program is using {path} ({problem}). Stop Voice Studio, then restore again."
        ) from problem


def _database() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open(path: Path, mode: str = "rw", *, wait_seconds: float = 1) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=wait_seconds, isolation_level=None)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # it is there, even if a power cut could still undo it
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _errors() -> Iterator[None]:
    with database_errors(), connection.wrap_database_errors:
        yield
