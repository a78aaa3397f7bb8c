"""A backup of 20,000 voices and 200 MB of recordings, under writes, and the library's pages beside it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles

import httpx

from tests.bench.pages import page_seconds
from tests.bench.postgres import new_cluster
from tests.bench.studio import ROOT, RunningStudio, new_studio, run_command
from tests.bench.table import Figure
from tests.bench.timing import shown

VOICES, RECORDINGS, ROUNDS, PAGES = 20_000, 200, 3, 40
PEOPLE_READ_SECONDS = 0.05  # between two pages


def measure() -> list[Figure]:
    """Return the ratio of the pages' p95 on each database."""
    with ExitStack() as stack:
        figures = [_measure("SQLite", stack.enter_context(new_studio()))]
        if address := stack.enter_context(new_cluster()):
            own = {"VOICESTUDIO_DATABASE_URL": f"{address}small"}
            figures.append(_measure("PostgreSQL", stack.enter_context(new_studio(settings=own))))
    return figures


def _measure(database: str, studio: RunningStudio) -> Figure:
    run_command(studio, "add_voices", str(VOICES))
    run_command(studio, "add_recordings", str(RECORDINGS))
    client, alone, beside = studio.login(), list[float](), list[float]()
    page_seconds(client, "/")
    with _writing(studio):
        for number in range(ROUNDS):
            alone += [_page(client) for _ in range(PAGES)]
            beside += _beside_backup(studio, client, studio.folder / f"backup-{number}")
    ours, other = (quantiles(times, n=20)[-1] for times in (beside, alone))
    note = f"{shown(ours)} against {shown(other)}, {len(beside)} pages in {ROUNDS} backups"
    return Figure(
        f"{database}: library page beside a backup, p95 / under writes alone", ours / other, 2, note=note
    )


def _page(client: httpx.Client) -> float:
    time.sleep(PEOPLE_READ_SECONDS)
    return page_seconds(client, "/")


def _beside_backup(studio: RunningStudio, client: httpx.Client, path: Path) -> Iterator[float]:
    """Yield the times of pages until the backup is made."""
    backup = studio.start("backup", str(path))
    while backup.poll() is None:
        yield _page(client)
    assert backup.returncode == 0, (studio.folder / "backup.log").read_text()
    path.unlink()


@contextmanager
def _writing(studio: RunningStudio) -> Iterator[None]:
    """Somebody who stores 10 recordings a second."""
    environment = studio.environment | {"DJANGO_SETTINGS_MODULE": "voicestudio.settings"}
    command = [sys.executable, "-m", "tests.bench.commands", "keep_writing"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as writer:
        try:
            yield
        finally:
            writer.kill()
