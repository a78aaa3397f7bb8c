"""The empty test database: migrated once in a run, as that takes seven seconds of processor time, then copied."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
FOLDER = Path(os.environ["VOICESTUDIO_TEST_DIR"])
MIGRATED = (FOLDER.parent if WORKER else FOLDER) / "migrated.sqlite3"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep the other processes of this run waiting."""
    MIGRATED.parent.mkdir(parents=True, exist_ok=True)
    with MIGRATED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_test_databases() -> list[tuple[object, str, bool]]:
    """Return what Django's teardown wants. On SQLite, copy the database that an earlier process of the run has made."""
    if connection.vendor != "sqlite":
        return setup_databases(verbosity=0, interactive=False)  # type: ignore[return-value]  # of our one database
    with one_at_a_time():
        is_made = MIGRATED.exists()
        if is_made:
            shutil.copyfile(MIGRATED, connection.settings_dict["TEST"]["NAME"])
        made = setup_databases(verbosity=0, interactive=False, keepdb=is_made)
        if not is_made:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(MIGRATED)])
    return made  # type: ignore[return-value]  # the same


def empty_database() -> None:
    """Take everything out of the test database: as quick as migrating forwards only, where backwards takes longer."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
    ContentType.objects.clear_cache()


def fill_database() -> None:
    """Migrate whatever is missing, and make the cache's table, as for every test database."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
