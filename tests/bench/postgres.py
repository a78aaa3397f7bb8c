"""A PostgreSQL of the bench's own, from the binaries of this machine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sandbox.live import free_port

# As a small server is set up; without waiting for the disk, which is not what is measured.
OPTIONS = "-c shared_buffers=256MB -c fsync=off -c random_page_cost=1.1 -c listen_addresses=127.0.0.1"


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL here; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def new_cluster() -> Iterator[str]:
    """Start a server; yield its address, to be followed by a database name, or "" where PostgreSQL is missing."""
    place = binaries()
    if place is None:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="voicestudio-postgres-", ignore_cleanup_errors=True) as folder:
        # It refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(folder, "postgres")
        port, data = free_port(), f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run(f"{place}/initdb", "-D", data, "-A", "trust", "-U", "studio", "-E", "UTF8", "--no-sync")
        start = f"-p {port} -k {folder} {OPTIONS}"
        run(f"{place}/pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", start, "-w", "start")
        try:
            for name in ("small", "large"):
                run(f"{place}/createdb", "-h", folder, "-p", str(port), "-U", "studio", name)
            yield f"postgres://studio@127.0.0.1:{port}/"
        finally:
            run(f"{place}/pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
