"""Checks that a port is free, and finds the process that uses it."""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PROC = Path("/proc")
LISTENING = "0A"  # in /proc/net/tcp
MAX_COMMAND = 100


def require_free_port(*, host: str, port: int, variable: str) -> None:
    """Check that a server can listen there. Raise ImproperlyConfigured, naming the variable to change."""
    if not 0 < port < 65536:
        raise ImproperlyConfigured(f"{variable} is {port}, but ports go from 1 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As the server does, so that a restart does not have to wait.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            holder = f" by {found}" if (found := holder_of(port)) else ""
            message = f"port {port} on {host} is in use{holder}. Stop that program, or set {variable} to a free port."
        else:
            message = f"{host} port {port} cannot be used ({problem.strerror}). Check VOICESTUDIO_HOST and {variable}."
        raise ImproperlyConfigured(message) from problem


def holder_of(port: int, *, proc: Path = PROC) -> str:
    """Return the process that listens on the port, with its command; "" where that cannot be seen."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    # A server's workers share its socket; the lowest pid is that of the server.
    pids = sorted(int(folder.name) for folder in proc.glob("[0-9]*") if _holds(folder, sockets))
    if not sockets or not pids:
        return ""
    command = _read(proc / str(pids[0]) / "cmdline").replace("\0", " ").strip()
    return f"process {pids[0]} ({command[:MAX_COMMAND]})"


def _listening_inodes(port: int, proc: Path) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        for line in _read(proc / "net" / name).splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _holds(folder: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (folder / "fd").iterdir())
    except OSError:  # it has ended, or belongs to somebody else
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
