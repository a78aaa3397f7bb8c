"""The empty test database: migrated once in a run, as that takes three seconds of processor time, then copied."""

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
TEMPLATE = MIGRATED.with_suffix(".template")  # holds the name of PostgreSQL's


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep the other processes of this run waiting."""
    MIGRATED.parent.mkdir(parents=True, exist_ok=True)
    with MIGRATED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_test_databases() -> list[tuple[object, str, bool]]:
    """Return what Django's teardown wants; the database is a copy of what an earlier process of the run has made."""
    with one_at_a_time():
        is_copied = _copy_file() if connection.vendor == "sqlite" else _copy_template()
        made = setup_databases(verbosity=0, interactive=False, keepdb=is_copied)
        if connection.vendor == "sqlite" and not is_copied:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(MIGRATED)])
        elif not is_copied:
            _make_template()
    return made  # type: ignore[return-value]  # of our one database


def drop_template() -> None:
    """Drop PostgreSQL's template if this process has made it. Whoever starts later migrates a database of its own."""
    with one_at_a_time():
        if not TEMPLATE.exists() or TEMPLATE.read_text() != _template_name():
            return
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(_template_name())}")


def _copy_file() -> bool:
    if not MIGRATED.exists():
        return False
    shutil.copyfile(MIGRATED, connection.settings_dict["TEST"]["NAME"])
    return True


def _copy_template() -> bool:
    if not TEMPLATE.exists():
        return False
    template, quote = TEMPLATE.read_text(), connection.ops.quote_name
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if cursor.fetchone() is None:
            return False
        name = quote(connection.creation._get_test_db_name())
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {quote(template)}")
    return True


def _make_template() -> None:
    connection.creation.clone_test_db("migrated", verbosity=0)
    TEMPLATE.write_text(_template_name())


def _template_name() -> str:
    return f"{connection.settings_dict['NAME']}_migrated"


def copy_migrated(folder: Path) -> None:
    """Start a data folder with that database, for whom `django_db_setup` has come before: its `migrate` has no work."""
    shutil.copyfile(MIGRATED, folder / "voicestudio.sqlite3")


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
