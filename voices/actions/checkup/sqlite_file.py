"""SQLite's file: it is intact, and its write-ahead log does not grow without bound."""

from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from voices.actions.checkup.base import Check, Problem

MAX_LOG_BYTES = 1_000_000_000


def log_problems(database: Path, *, most: int = MAX_LOG_BYTES) -> Iterator[Problem]:
    """Yield a problem if the write-ahead log beside the database is huge."""
    log = database.with_name(f"{database.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > most:
        yield Problem(
            sentence=f"the database's log {log.name} has {size // 1_000_000:,} MB",
            remedy="Something has been reading the database for a long time, such as a hanging "
            "backup or another program, so its log can't be emptied. End it; the log then empties itself.",
            stops_pages=False,
        )


def _log_problems() -> Iterator[Problem]:
    if connection.vendor == "sqlite":
        yield from log_problems(Path(connection.settings_dict["NAME"]))


def _damages() -> Iterator[Problem]:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        [verdict] = cursor.fetchone()
    if verdict != "ok":
        yield Problem(
            sentence=f"the database is damaged: {verdict.splitlines()[-1]}",
            remedy="Stop Voice Studio, keep a copy of the data folder, and restore the last backup: manage.py restore.",
        )


LOG = Check(name="database log", problems=_log_problems, uses_database=True)
INTEGRITY = Check(name="database integrity", problems=_damages, uses_database=True, reads_all=True)
