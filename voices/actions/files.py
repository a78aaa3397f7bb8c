"""Storing a file together with the row that names it: an intent is written first and removed with the row's commit.

Errors of the folder or of S3 are raised as StorageError, a missing file as MissingFileError.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile

from voices.actions.file_holds import are_files_held
from voices.models import FileIntent

logger = logging.getLogger(__name__)
ORPHANED_AFTER = timedelta(hours=1)


class StorageError(Exception):
    """The storage does not answer or cannot be written; `__cause__` says why."""


class MissingFileError(StorageError):
    """The storage does not have the file that a row names, or only a part of it."""


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as problem:
        raise MissingFileError(f"A stored file is missing: {problem}") from problem
    except OSError as problem:
        raise StorageError(f"The file storage failed: {problem}") from problem


def store_file(field: FieldFile, stem: str, ending: str, content: "File[bytes]", *, now: datetime) -> None:
    """Store the content under a new name and assign that to the field, without saving the row. Raise StorageError.

    Call `settle` in the transaction that saves the row: a file that is never settled is deleted after an hour.
    """
    path = create_file_intent(field, stem, ending, now=now)
    write_file(path, content)
    setattr(field.instance, field.field.attname, path)


def create_file_intent(field: FieldFile, stem: str, ending: str, *, now: datetime) -> str:
    """Record that a file is about to be stored for the field. Return its path."""
    path: str = field.field.generate_filename(field.instance, f"{stem}-{uuid4().hex[:8]}.{ending}")
    FileIntent.objects.create(path=path, noted_at=now)
    return path


def write_file(path: str, content: "File[bytes]") -> None:
    """Store the content at the path of an intent, without the database. Raise StorageError."""
    try:
        with _storage_errors():
            default_storage.save(path, content, max_length=255)
    except StorageError as problem:
        if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in {errno.ENOSPC, errno.EDQUOT}:
            with suppress(StorageError):
                _delete(path)  # the part that was written takes up the last space
        raise


def settle(field: FieldFile) -> None:
    """Delete the intent of a stored file. Call it in the transaction that saves the row naming the file."""
    FileIntent.objects.filter(path=field.name).delete()


def mark_orphaned(path: str, *, now: datetime) -> None:
    """Leave a file to the sweep. Call it in the transaction that removes the last reference to it."""
    FileIntent.objects.get_or_create(path=path, defaults={"noted_at": now})


def delete_file(path: str) -> None:
    """Delete an orphaned file now, without the database.

    If the storage is unavailable or a backup holds its files, the sweep deletes it later.
    """
    with suppress(StorageError):
        if not _are_files_held():
            _delete(path)


def has_file(field: FieldFile) -> bool:
    """Whether the storage has the field's file. Raise StorageError if it does not answer."""
    with _storage_errors():
        return bool(field.name) and default_storage.exists(str(field.name))


def open_file(field: FieldFile) -> "File[bytes]":
    """Return the field's file, opened for reading, without the database. Raise MissingFileError, StorageError."""
    with _storage_errors():
        return field.open("rb")


def read_file(field: FieldFile, *, start: int, length: int) -> bytes:
    """Return a part of the field's file. Raise MissingFileError, also for a file that is too short, or StorageError."""
    with _storage_errors(), field.open("rb") as file:
        file.seek(start)
        content: bytes = file.read(length)
    if len(content) < length:
        raise MissingFileError(f"A stored file is too short: {field.name}")
    return content


def sweep_orphaned_files(*, now: datetime, limit: int = 100) -> int:
    """Delete files whose intent is over an hour old. Return how many. Raise StorageError.

    None is deleted while a backup holds the files.
    """
    if _are_files_held():
        return 0
    orphaned = FileIntent.objects.filter(noted_at__lt=now - ORPHANED_AFTER).values_list("path", flat=True)
    paths = list(orphaned[:limit])
    for path in paths:
        _delete(path)
        FileIntent.objects.filter(path=path).delete()
    return len(paths)


def _are_files_held() -> bool:
    with _storage_errors():
        return are_files_held()


def _delete(path: str) -> None:
    with _storage_errors():
        default_storage.delete(path)
