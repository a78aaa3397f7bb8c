"""Restoring a backup into an empty installation: everything is verified first, and the database is restored last.

Files without rows are invisible, so the installation is either empty or complete whenever a restore is killed. A marker
in the data folder says that one was, and nothing starts until it has been run again.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from voices.actions.backup.base import BackupError, database_errors
from voices.actions.backup.making import DATABASES, FORMAT, Report
from voices.actions.backup.signing import require_key_of, verify
from voices.actions.stored_files import stored_files
from voices.actions.teams import is_set_up
from voices.kit.archives import UNFINISHED_RESTORE, Archive, ArchiveError
from voices.models import SealCanary, User
from voices.version import VERSION

FILES = "files/"


@dataclass(frozen=True)
class RestoreSummary:
    """When the backup was made, how many files it had, and which were missing."""

    made_at: str
    files: int
    missing: list[str]


def restore_backup(path: Path, *, report: Report) -> RestoreSummary:
    """Restore the backup at the path. Raise BackupError, with nothing changed."""
    with _errors(path), path.open("rb") as file:
        archive = _checked(file, report)
        marker = _marker()
        if not (marker.exists() and _is_whole(archive)):
            _require_empty(after_crash=marker.exists())
            _restore(archive, marker, report)
            report("Database restored.")
        marker.unlink()
        files = [name for name in archive.members if name.startswith(FILES)]
        return RestoreSummary(str(archive.facts["made_at"]), len(files), archive.facts["missing"])


def _checked(file: BinaryIO, report: Report) -> Archive:
    """Return the archive, verified to its end. Raise ArchiveError, BackupError."""
    archive = Archive.open(file, verify)
    _require_usable(archive)
    report(f"Made {archive.facts['made_at']} by Voice Studio {archive.facts['version']}. Checking it ...")
    archive.check()
    return archive


def _require_usable(archive: Archive) -> None:
    facts = archive.facts
    known = set(MigrationLoader(None).disk_migrations)
    newer = [f"{app}.{name}" for app, name in facts["migrations"] if (app, name) not in known]
    if facts["format"] > FORMAT or newer:
        raise BackupError(
            f"It was made by a newer Voice Studio ({facts['version']}; this is {VERSION}). Install "
            "that version, then restore with it."
        )
    if facts["database"] != connection.vendor:
        raise BackupError(
            f"It was made from {_called(facts['database'])}, but this installation uses "
            f"{_called(connection.vendor)}. Set "
            "VOICESTUDIO_DATABASE_URL accordingly."
        )
    require_key_of(facts["canary"])


def _called(vendor: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(vendor, vendor)


def _restore(archive: Archive, marker: Path, report: Report) -> None:
    marker.write_text("A restore was started and not finished. Run it again.\n", encoding="utf-8")
    written: list[str] = []
    try:
        _store_files(archive, written, report)
        report("Restoring the database ...")
        os.sync()  # the files are on the disk before the rows that name them
        DATABASES[connection.vendor].restore(archive)
    except BaseException:
        # A commit may have arrived although its answer did not: then the marker stays, and the next run looks again.
        if not has_people():
            for path in written:
                default_storage.delete(path)
            marker.unlink()
        raise


def _store_files(archive: Archive, written: list[str], report: Report) -> None:
    names = [name for name in archive.members if name.startswith(FILES)]
    report(f"The backup is intact. Restoring {len(names):,} files ...")
    for name in names:
        path = name.removeprefix(FILES)
        content: File[bytes] = File(io.BufferedReader(_Content(archive.pieces(name))), name=path)
        content.size = archive.members[name].size
        written.append(path)
        if default_storage.save(path, content) != path:
            raise BackupError(f"The file storage already has a file {path}.")


class _Content(io.RawIOBase):
    """A file of the archive, as a file object for the storage."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with the next bytes. Return how many there were."""
        self._left = self._left or next(self._pieces, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def _require_empty(*, after_crash: bool) -> None:
    """Check that the installation is empty, removing the files of a killed restore. Raise BackupError."""
    if has_people():
        raise BackupError("This installation is in use: people can log in. Restore into an empty one.")
    for path in stored_files():
        if not after_crash:
            raise BackupError(f"The file storage is not empty: it has {path}. Restore into an empty one.")
        default_storage.delete(path)


def has_people() -> bool:
    """Whether somebody can log in, in a database that may be empty. Raise BackupError."""
    with database_errors():
        return User._meta.db_table in connection.introspection.table_names() and is_set_up()


def _is_whole(archive: Archive) -> bool:
    """Whether the database is already the archive's, as after a restore that was killed past its last step."""
    if not has_people():
        return False
    found = {str(one.pk): bytes(one.sealed).decode("ascii") for one in SealCanary.objects.all()}
    return bool(found == archive.facts["canary"])


def _marker() -> Path:
    return Path(settings.DATA_DIR) / UNFINISHED_RESTORE


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ArchiveError as problem:
        raise BackupError(f"{path} cannot be restored, and nothing was changed. {problem}") from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise BackupError(f"Nothing was restored: {problem.filename or path}: {reason}.") from problem
