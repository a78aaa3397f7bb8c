"""Making a backup while the installation stays in use."""

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
from voices.kit.archives import ArchiveWriter, Throttle, drop_page_cache
from voices.models import SealCanary
from voices.version import VERSION

FORMAT = 1
DATABASES: dict[str, Database] = {"sqlite": sqlite, "postgresql": postgresql}
WAIT_SECONDS = 30  # for a table or a file that another program has locked
SHARE = 0.5  # of the time spent working; the other half is left to everything else

Report = Callable[[str], None]


@dataclass(frozen=True)
class BackupSummary:
    """The number and the total size of the files in a backup, and the paths of those missing in the storage."""

    files: int
    size: int
    missing: list[str]


@dataclass(frozen=True)
class BackupLimits:
    """Limits on how much a backup slows down everything else."""

    share: float = SHARE
    wait_seconds: int = WAIT_SECONDS


def make_backup(
    path: Path, *, now: datetime, report: Report, force: bool = False, limits: BackupLimits = BackupLimits()
) -> BackupSummary:
    """Write a backup of database and files; the path exists only once it is complete. Raise BackupError."""
    if path.exists() and not force:
        raise BackupError(f"{path} already exists. Choose another name, or add --force to replace it.")
    _require_tables()
    with _errors(path), _partial(path) as (file, folder):
        archive = ArchiveWriter(file, throttle=Throttle(share=limits.share))
        # Before the snapshot: the files that its rows name must still exist when they are copied.
        with hold_files() as hold:
            facts, paths = _copy_database(archive, folder, now, limits)
            report(f"Database copied. Copying {len(paths):,} files ...")
            missing = [each for each in paths if not _add_file(archive, each, hold)]
            report("Files copied.")
        archive.finish({**facts, "missing": missing}, sign)
        size = os.fstat(file.fileno()).st_size
    return BackupSummary(len(paths) - len(missing), size, missing)


def _require_tables() -> None:
    with database_errors():
        if SealCanary._meta.db_table not in connection.introspection.table_names():
            require_key_of({})


def _copy_database(
    archive: ArchiveWriter, folder: Path, now: datetime, limits: BackupLimits
) -> tuple[dict[str, Any], list[str]]:
    """Add the database. Return the facts that a restore needs, and the stored files that its rows name."""
    take = DATABASES[connection.vendor].snapshot
    with take(folder, Throttle(share=limits.share), limits.wait_seconds) as snapshot:
        facts, paths = _facts(snapshot, now) | snapshot.facts, _paths(snapshot)
    for name, content in snapshot.contents():
        with content.open("rb") as file:
            archive.add(name, file, content.stat().st_size)
        content.unlink()
    return facts, paths


def _facts(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """Return the facts that a restore needs. Raise BackupError if no available key opens the sealed values."""
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
    """Return the paths of the stored files that rows name."""
    found = set[str]()
    for table, column in file_columns():
        found |= {path for (path,) in snapshot.rows(f'SELECT "{column}" FROM "{table}"') if path}  # noqa: S608  # names of ours
    return sorted(found)


def _add_file(archive: ArchiveWriter, path: str, hold: Hold) -> bool:
    """Add a stored file. Return False if it is missing in the storage."""
    hold.renew()
    try:
        stored = default_storage.open(path)
    except FileNotFoundError:
        return False
    with stored as file:
        archive.add(f"files/{path}", cast(BinaryIO, file), file.size)
        if isinstance(file.file, io.BufferedReader):
            drop_page_cache(file.fileno())
    return True


@contextmanager
def _partial(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a temporary file and a folder for the snapshot, both beside the path; rename the file to it at the end.

    Whatever a killed backup has left there is replaced.
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
        text = problem.strerror or str(problem)
        raise BackupError(
            f"The backup failed, and {path} was not changed: {problem.filename or path}: {text}."
        ) from problem
