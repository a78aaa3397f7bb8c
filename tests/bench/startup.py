"""How soon it is there: `manage.py check`, and `serve` on an empty folder to its first 200.

The check runs as `make run` installs the product: beside the tools for developers, Django, httpx and structlog import
whatever of rich, jinja2 and lxml they find.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.studio import ROOT, RunningStudio, await_answer, new_studio, stop
from tests.bench.table import Figure
from tests.bench.timing import in_turn, paired, seconds

# What `startproject` gives, checked: Django's own part of the time, without our code and its packages.
BARE_DJANGO = """
from django.conf import settings
apps = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
settings.configure(INSTALLED_APPS=[f"django.contrib.{app}" for app in apps], SECRET_KEY="bench", MIDDLEWARE=[])
import django
django.setup()
from django.core.management import call_command
call_command("check", fail_level="CRITICAL")
"""


def measure() -> list[Figure]:
    """Two ratios."""
    with new_studio(served=False) as studio, _installed() as python:
        check = in_turn(
            lambda: _run(studio, python, "manage.py", "check"),
            lambda: _run(studio, python, "-c", BARE_DJANGO),
            pairs=5,
        )
    serve = paired((_serve(), _by_hand()) for _ in range(2))
    return [
        Figure("`manage.py check` / `check` of an empty Django project", check.ratio, 4, note=check.note),
        Figure(
            "`serve` on an empty folder to the first 200 / the same steps by hand",
            serve.ratio,
            1.5,
            note=serve.note,
        ),
    ]


@contextmanager
def _installed() -> Iterator[Path]:
    """Yield the Python of a new environment with what the lock of the product names, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="voicestudio-bench-") as folder:
        python = Path(folder, "bin/python")
        pip = ("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, *pip, "--requirement", ROOT / "requirements.lock"], check=True)
        yield python


def _run(studio: RunningStudio, python: Path, *arguments: str) -> float:
    def run() -> None:
        subprocess.run(
            [python, *arguments], cwd=ROOT, env=studio.environment, check=True, capture_output=True
        )

    return seconds(run)


def _serve() -> float:
    with new_studio(served=False) as studio:
        studio.serve()
        return studio.started_seconds


def _by_hand() -> float:
    """Return the seconds of `migrate`, `collectstatic` and uvicorn until it answers, one after the other."""
    with tempfile.TemporaryDirectory(prefix="voicestudio-bench-") as folder:
        studio = RunningStudio(Path(folder))
        begin = time.perf_counter()
        studio.manage("migrate", "--verbosity=0")
        studio.manage("createcachetable")
        studio.manage("collectstatic", "--noinput", "--verbosity=0")
        arguments = ("voicestudio.asgi:application", "--port", str(studio.port), "--log-level", "warning")
        web = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *arguments],
            cwd=ROOT,
            env=studio.environment,
            start_new_session=True,
        )
        try:
            await_answer(f"{studio.url}/healthz", web)
            return time.perf_counter() - begin
        finally:
            stop(web)
