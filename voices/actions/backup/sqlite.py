"""A snapshot of SQLite: the whole file, by SQLite's own online backup, without stopping anybody who writes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection

from voices.actions.backup.base import BackupError, database_errors, without_rows
from voices.kit.archives import Archive, Pace

NAME = "database/voicestudio.sqlite3"
STEP_PAGES = 256  # 1 MB


class SqliteSnapshot:
    """A copy of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.facts: dict[str, Any] = {}

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with _errors(), closing(sqlite3.connect(self._path)) as copy:
            return copy.execute(statement).fetchall()

    def contents(self) -> Iterator[tuple[str, Path]]:
        """Yield the copy."""
        yield NAME, self._path


@contextmanager
def snapshot(folder: Path, pace: Pace, wait_seconds: int) -> Iterator[SqliteSnapshot]:
    """Copy the database as it is now. Raise BackupError."""
    path = folder / "voicestudio.sqlite3"
    with (
        _errors(),
        closing(_open(_database(), wait_seconds=wait_seconds)) as source,
        closing(_open(path, "rwc")) as copy,
    ):
        # Copying begins anew whenever somebody writes, unless this connection reads in a transaction meanwhile.
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        copy.execute("PRAGMA synchronous=OFF")  # what counts is the archive, which is synced
        source.backup(copy, pages=STEP_PAGES, progress=lambda *_: pace.rest())
        _forget_rows(copy)
    yield SqliteSnapshot(path)


def _forget_rows(copy: sqlite3.Connection) -> None:
    """Delete what no backup has, and leave one file without a log beside it."""
    copy.execute("PRAGMA journal_mode=DELETE")
    copy.execute("PRAGMA secure_delete=ON")
    there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in without_rows() & there:
        copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  # names of ours


def restore(archive: Archive) -> None:
    """Put the file in the place of the empty one: a rename, the last thing that happens. Raise BackupError."""
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
        [said] = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise BackupError(f"The database in it is damaged ({said}).")


def _empty_log(path: Path) -> None:
    """Have nothing beside the empty database that would be taken for the log of the new one."""
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
