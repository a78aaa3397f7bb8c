"""What must hold before anything starts, and what a start makes ready. Refusals are ImproperlyConfigured sentences."""

import errno
import hashlib
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connection, connections

from voices.gateway import verify_encryption_key


def require_free_port(*, host: str, port: int, variable: str) -> None:
    """Passes if a server may listen there. Raises ImproperlyConfigured, naming the variable to change."""
    if not 0 < port < 65536:
        raise ImproperlyConfigured(f"{variable} is {port}, but ports go from 1 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the server will: no wait after a stop
            probe.bind(address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            told = f"port {port} on {host} is in use. Stop the program that uses it, or set {variable} to a free port."
        else:
            told = f"{host} port {port} cannot be used ({problem.strerror}). Check VOICESTUDIO_HOST and {variable}."
        raise ImproperlyConfigured(told) from problem


def require_writable(folder: Path) -> None:
    """Passes if files can be made in the folder and in each of its own. Raises ImproperlyConfigured."""
    try:
        for place in (folder, *(inner for inner in folder.iterdir() if inner.is_dir())):
            with tempfile.TemporaryFile(dir=place) as probe:
                probe.write(b"?")
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the data folder {folder} cannot be written ({problem.strerror}). "
            "Give this user the right to write there, or set VOICESTUDIO_DATA_DIR to another folder."
        ) from problem


def require_database() -> None:
    """Passes if the database takes a connection. Raises ImproperlyConfigured."""
    # Without the pool, which tries again and again for twenty seconds, a warning each time.
    bare = connection.copy()
    bare.settings_dict["OPTIONS"].pop("pool", None)
    try:
        bare.ensure_connection()
    except (DatabaseError, InterfaceError) as problem:
        raise ImproperlyConfigured(
            f"the database does not answer ({_first_line(problem)}). "
            "Check VOICESTUDIO_DATABASE_URL, and that its server runs."
        ) from problem
    bare.close()


def make_database_ready() -> None:
    """The database is reached, brought up to date and opened by the encryption key. Raises ImproperlyConfigured."""
    require_database()
    try:
        call_command("createcachetable", verbosity=0)
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as problem:
        raise ImproperlyConfigured(
            f"the database cannot be brought up to date ({_first_line(problem)})."
        ) from problem
    verify_encryption_key()


def make_ready() -> None:
    """Database and static files stand ready. Raises ImproperlyConfigured."""
    # Side by side: one waits for the disk, the other compresses; this saves a second on an empty folder.
    with ThreadPoolExecutor(max_workers=1) as beside:
        static = beside.submit(collect_static)
        make_database_ready()
        static.result()


def release_lock() -> None:
    """No connection is open any more, so that none is inherited by a process that is started next."""
    connections.close_all()
    if close_pool := getattr(connection, "close_pool", None):  # PostgreSQL only
        close_pool()


def collect_static() -> None:
    """Static files are collected, hashed and compressed; passed by when nothing changed since the last time."""
    stamp, mark = settings.DATA_DIR / "static.stamp", _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == f"{mark} {_count_collected()}":
        return
    stamp.unlink(
        missing_ok=True
    )  # an interrupted collection leaves no stamp, so the next start does it again
    try:
        # clear: by itself it keeps a file of the same second or of a later one, as after going back a version.
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(f"{mark} {_count_collected()}", encoding="ascii")
    except OSError as problem:
        raise ImproperlyConfigured(
            f"the static files cannot be collected in {settings.STATIC_ROOT} ({problem.strerror})."
        ) from problem


def _sources() -> Iterator[Path]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def _fingerprint() -> str:
    """Changes with the path, size or time of any source file, and with the way of storing them."""
    facts = [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in sorted(_sources())]
    how = settings.STORAGES["staticfiles"]["BACKEND"]
    return hashlib.sha256(repr((how, facts)).encode()).hexdigest()


def _count_collected() -> int:
    return sum(path.is_file() for path in Path(settings.STATIC_ROOT).rglob("*"))


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]
