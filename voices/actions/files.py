"""Storing a file and the row that names it: two places, so the intent is written first and settled with the row."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from voices.models import FileIntent

Now = Callable[[], datetime]
STRAY_AFTER = timedelta(hours=1)


def store_file(
    field: FieldFile, stem: str, ending: str, content: "File[bytes]", *, now: Now = timezone.now
) -> None:
    """The content, stored under a name of its own that `field` then holds; the row itself is not saved.

    Settle it in the transaction that saves the row: what is never settled is swept after an hour.
    """
    name = f"{stem}-{uuid4().hex[:8]}.{ending}"
    path = field.field.generate_filename(field.instance, name)
    FileIntent.objects.create(path=path, noted_at=now())
    field.save(name, content, save=False)


def settle(field: FieldFile) -> None:
    """The file is named by a row from now on; call it in the transaction that saves the row."""
    FileIntent.objects.filter(path=field.name).delete()


def discard(path: str) -> None:
    """The file is gone, and so is the note of it."""
    default_storage.delete(path)
    FileIntent.objects.filter(path=path).delete()


def sweep_strays(*, now: Now = timezone.now, limit: int = 100) -> int:
    """How many files went that were stored an hour ago or longer, and that no row came to name."""
    strays = FileIntent.objects.filter(noted_at__lt=now() - STRAY_AFTER).values_list("path", flat=True)
    paths = list(strays[:limit])
    for path in paths:
        discard(path)
    return len(paths)
