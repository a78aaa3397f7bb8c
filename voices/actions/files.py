"""Storing a file and the row that names it: two places, so an intent is written first and settled with the row."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile

from voices.models import FileIntent

STRAY_AFTER = timedelta(hours=1)


def store_file(field: FieldFile, stem: str, ending: str, content: "File[bytes]", *, now: datetime) -> None:
    """Store the content under a new name and put that into the field, without saving the row.

    Settle it in the transaction that saves the row: a file that is never settled is deleted after an hour.
    """
    name = f"{stem}-{uuid4().hex[:8]}.{ending}"
    path = field.field.generate_filename(field.instance, name)
    FileIntent.objects.create(path=path, noted_at=now)
    field.save(name, content, save=False)


def settle(field: FieldFile) -> None:
    """Drop the intent of a stored file. Call it in the transaction that saves the row naming it."""
    FileIntent.objects.filter(path=field.name).delete()


def discard(path: str) -> None:
    """Delete the file and its intent."""
    default_storage.delete(path)
    FileIntent.objects.filter(path=path).delete()


def sweep_strays(*, now: datetime, limit: int = 100) -> int:
    """Delete files that were stored over an hour ago and that no row names. Return how many."""
    strays = FileIntent.objects.filter(noted_at__lt=now - STRAY_AFTER).values_list("path", flat=True)
    paths = list(strays[:limit])
    for path in paths:
        discard(path)
    return len(paths)
