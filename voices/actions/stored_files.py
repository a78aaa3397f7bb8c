"""The files in the storage, and the columns that name files."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import FileField

from voices.actions.file_holds import FOLDER as HOLDS

PROBE_NAME = "probe.txt"  # written into a bucket by the storage check


def stored_files(folder: str = "") -> Iterator[str]:
    """Yield the paths of all stored files. Raise OSError."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (str(PurePosixPath(folder, name)) for name in names if (folder, name) != ("", PROBE_NAME))
    for inner in folders:
        if (folder, inner) != ("", HOLDS):
            yield from stored_files(str(PurePosixPath(folder, inner)))


def file_columns() -> Iterator[tuple[str, str]]:
    """Yield the tables and columns that name files, of those that exist in the database."""
    tables = set(connection.introspection.table_names())
    for model in apps.get_models():
        table = model._meta.db_table
        wanted = [str(field.column) for field in model._meta.concrete_fields if isinstance(field, FileField)]
        if wanted and table in tables:
            with connection.cursor() as cursor:
                there = {one.name for one in connection.introspection.get_table_description(cursor, table)}
            yield from ((table, column) for column in wanted if column in there)
