"""Making a backup, while everybody goes on working."""

import fcntl
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection

from voices.actions.backup import postgresql, sqlite
from voices.actions.backup.base import BackupError, Database, Snapshot, database_errors
from voices.actions.backup.signing import require_key_of, sign
from voices.actions.file_holds import Hold, hold_files
from voices.actions.stored_files import file_columns
from voices.kit.archives import ArchiveWriter, Pace, forget_pages
from voices.models import SealCanary
from voices.version import VERSION

FORMAT = 1
DATABASES: dict[str, Database] = {"sqlite": sqlite, "postgresql": postgresql}
WAIT_SECONDS = 30  # for a table or a file that another program has locked
SHARE = 0.5  # of the time; what else the machine does gets the rest

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What a backup has."""

    files: int
    size: int
    missing: list[str]


@dataclass(frozen=True)
class Manners:
    """How much a backup takes from whoever works meanwhile."""

    share: float = SHARE
    wait_seconds: int = WAIT_SECONDS


def make_backup(
    path: Path, *, now: datetime, tell: Tell, force: bool = False, manners: Manners = Manners()
) -> Made:
    """Write a backup of database and files to the path; nothing is there before it is whole. Raise BackupError."""
    if path.exists() and not force:
        raise BackupError(f"{path} already exists. Choose another name, or add --force to replace it.")
    _require_tables()
    with _errors(path), _partial(path) as (file, folder):
        archive = ArchiveWriter(file, pace=Pace(share=manners.share))
        # Before the snapshot: what its rows name must still be there when it is copied.
        with hold_files() as hold:
            facts, paths = _copy_database(archive, folder, now, manners)
            tell(f"Database copied. Copying {len(paths):,} files ...")
            missing = [each for each in paths if not _add_file(archive, each, hold)]
            tell("Files copied.")
        archive.finish({**facts, "missing": missing}, sign)
        size = os.fstat(file.fileno()).st_size
    return Made(len(paths) - len(missing), size, missing)


def _require_tables() -> None:
    with database_errors():
        if SealCanary._meta.db_table not in connection.introspection.table_names():
            require_key_of({})


def _copy_database(
    archive: ArchiveWriter, folder: Path, now: datetime, manners: Manners
) -> tuple[dict[str, Any], list[str]]:
    """Add the database. Return what restoring needs to know of it, and the stored files that its rows name."""
    take = DATABASES[connection.vendor].snapshot
    with take(folder, Pace(share=manners.share), manners.wait_seconds) as snapshot:
        facts, paths = _facts(snapshot, now) | snapshot.facts, _paths(snapshot)
    for name, content in snapshot.contents():
        with content.open("rb") as file:
            archive.add(name, file, content.stat().st_size)
        content.unlink()
    return facts, paths


def _facts(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """Return what restoring needs to know beside the rows. Raise BackupError if no key at hand opens them."""
    migrations = snapshot.rows("SELECT app, name FROM django_migrations ORDER BY id")
    canaries = snapshot.rows(f"SELECT id, sealed FROM {SealCanary._meta.db_table}")  # noqa: S608  # our own table
    canary = {str(UUID(str(row_id))): bytes(sealed).decode("ascii") for row_id, sealed in canaries}
    require_key_of(canary)
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now.isoformat(),
        "database": connection.vendor,
        "migrations": [list(one) for one in migrations],
        "canary": canary,
    }


def _paths(snapshot: Snapshot) -> list[str]:
    """Return the stored files that rows name."""
    found = set[str]()
    for table, column in file_columns():
        found |= {path for (path,) in snapshot.rows(f'SELECT "{column}" FROM "{table}"') if path}  # noqa: S608  # names of ours
    return sorted(found)


def _add_file(archive: ArchiveWriter, path: str, hold: Hold) -> bool:
    """Add a stored file. Return False if the storage has lost it, as it had before the backup."""
    hold.renew()
    try:
        stored = default_storage.open(path)
    except FileNotFoundError:
        return False
    with stored as file:
        archive.add(f"files/{path}", cast(BinaryIO, file), file.size)
        if isinstance(file.file, io.BufferedReader):
            forget_pages(file.fileno())
    return True


@contextmanager
def _partial(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a file, and a folder for the snapshot, beside the path; the file gets its name if all went well.

    What a backup that was killed has left there is replaced.
    """
    draft, folder = (path.with_name(path.name + ending) for ending in (".partial", ".partial.d"))
    with draft.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise BackupError(f"Another backup to {path} is in progress.") from busy
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            with draft.open("wb") as file:
                yield file, folder
            draft.replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            draft.unlink(missing_ok=True)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        said = problem.strerror or str(problem)
        raise BackupError(
            f"The backup failed, and {path} was not changed: {problem.filename or path}: {said}."
        ) from problem
