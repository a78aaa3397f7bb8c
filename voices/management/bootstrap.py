"""Checks and preparations at startup. Every check raises ImproperlyConfigured with a sentence for people."""

import fcntl
import hashlib
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connection, connections
from django.utils import timezone

from voices.actions.checkup.database import pending_migrations
from voices.actions.consents.receipts import publish_receipt_key
from voices.gateway import verify_encryption_key

# PostgreSQL identifies an advisory lock by a number; this one is unique in the database.
PREPARING = 0x566F6963


def require_writable(folder: Path) -> None:
    """Check that the folder and its subfolders are writable. Raise ImproperlyConfigured."""
    try:
        for each in (folder, *(inner for inner in folder.iterdir() if inner.is_dir())):
            with tempfile.TemporaryFile(dir=each) as probe:
                probe.write(b"?")
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the data folder {folder} cannot be written ({problem.strerror}). "
            "Give this user write permission, or set VOICESTUDIO_DATA_DIR to another folder."
        ) from problem


def require_database() -> None:
    """Check that the database accepts a connection. Raise ImproperlyConfigured."""
    # Without the pool, which retries for twenty seconds with a warning each time.
    bare = connection.copy()
    bare.settings_dict["OPTIONS"].pop("pool", None)
    try:
        bare.ensure_connection()
    except (DatabaseError, InterfaceError) as problem:
        raise ImproperlyConfigured(
            f"the database does not respond ({_first_line(problem)}). "
            "Check VOICESTUDIO_DATABASE_URL, and that its server is running."
        ) from problem
    bare.close()


def make_database_ready() -> None:
    """Migrate the database and verify the encryption key. Raise ImproperlyConfigured."""
    with one_process_at_a_time():
        _make_database_ready()


def _make_database_ready() -> None:
    require_database()
    try:
        with one_host_at_a_time():
            call_command("createcachetable", verbosity=0)
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as problem:
        raise ImproperlyConfigured(f"the database cannot be migrated ({_first_line(problem)}).") from problem
    verify_encryption_key()
    publish_receipt_key(now=timezone.now())


def make_ready() -> None:
    """Prepare the database and the static files. Raise ImproperlyConfigured."""
    # In parallel: one waits for the disk, the other compresses; this saves a second on an empty folder.
    with one_process_at_a_time(), ThreadPoolExecutor(max_workers=1) as executor:
        static = executor.submit(collect_static)
        _make_database_ready()
        static.result()


def require_prepared() -> None:
    """Check that the database has every migration of this version. Raise ImproperlyConfigured."""
    require_database()
    if pending_migrations():
        raise ImproperlyConfigured(
            "the database is not ready for this version. Run `manage.py prepare` first."
        )


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Wait until no other process prepares this data folder."""
    with (settings.DATA_DIR / "prepare.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def one_host_at_a_time() -> Iterator[None]:
    """Wait until no other host prepares the database. SQLite has one host only."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        # Without the lock timeout of pages: another host's migrations may take minutes.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])


def close_connections() -> None:
    """Close all connections, so that child processes do not inherit any."""
    connections.close_all()
    if close_pool := getattr(connection, "close_pool", None):  # PostgreSQL only
        close_pool()


def collect_static() -> None:
    """Collect, hash and compress the static files unless nothing has changed since the last time."""
    stamp, fingerprint = settings.DATA_DIR / "static.stamp", _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == f"{fingerprint} {_count_collected()}":
        return
    stamp.unlink(missing_ok=True)  # so that the next start repeats an interrupted collection
    try:
        # clear: without it, files with the same or a later time are kept, as after a downgrade.
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(f"{fingerprint} {_count_collected()}", encoding="ascii")
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the static files cannot be collected in {settings.STATIC_ROOT} ({problem.strerror})."
        ) from problem


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def _fingerprint() -> str:
    """Return a hash that changes with any source file's path, size or time, and with the storage backend."""
    facts = [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in sorted(_sources())]
    backend = settings.STORAGES["staticfiles"]["BACKEND"]
    return hashlib.sha256(repr((backend, facts)).encode()).hexdigest()


def _count_collected() -> int:
    return sum(path.is_file() for path in Path(settings.STATIC_ROOT).rglob("*"))


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]
