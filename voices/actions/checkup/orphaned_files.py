"""Stored files: every row has its file, and every file a row or an intent."""

from collections.abc import Iterator, Sequence

from django.db import connection

from voices.actions.checkup.base import Check, Problem
from voices.actions.stored_files import file_columns, stored_files
from voices.models import FileIntent

NAMED = 5


def _problems() -> Iterator[Problem]:
    try:
        stored = set(stored_files())  # before the rows: what is stored meanwhile is noted before
    except OSError:
        return  # the check of the storage says so
    named = _named_by_rows()
    noted = set(FileIntent.objects.values_list("path", flat=True))
    if missing := sorted(named - stored):
        yield Problem(
            sentence=f"{len(missing):,} files named in the database are missing from the storage: {_some(missing)}",
            remedy="Restore them from a backup, which is a tar file: tar -xf BACKUP -C FOLDER --strip-components=1 "
            "files/NAME. Previews are fetched again automatically.",
            stops_pages=False,
        )
    if orphaned := sorted(stored - named - noted):
        yield Problem(
            sentence=f"the storage has {len(orphaned):,} files that are not in the database: {_some(orphaned)}",
            remedy="Something else stored them, or a backup of the database alone was restored. "
            "Look at them, then delete them by hand: recordings of people shouldn't be left behind.",
            stops_pages=False,
        )


def _named_by_rows() -> set[str]:
    found = set[str]()
    with connection.cursor() as cursor:
        for table, column in file_columns():
            cursor.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608  # names of ours
            found |= {path for (path,) in cursor.fetchall() if path}
    return found


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:NAMED]) + (" ..." if len(paths) > NAMED else "")


CHECK = Check(name="stored files", problems=_problems, uses_database=True, reads_all=True)
