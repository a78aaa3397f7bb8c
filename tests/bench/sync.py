"""An account of 10,000 voices: reading its whole list into the library against only downloading it."""

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import mean
from uuid import uuid4

import httpx

from tests.bench.studio import RunningStudio, await_answer, new_studio, resident_mb, run_command, stop
from tests.bench.table import Figure
from tests.bench.timing import seconds, shown
from voices.althea import AltheaClient, new_http
from voices.kit.secret import Secret

VOICES, FEW = 10_000, 1_000
# Billed by the provider: their previews are not fetched by themselves, which is another job than the one measured.
ROW = (
    "INSERT INTO voices (id, account, name, description, language, billing, engine, definition, preview)"
    " SELECT ?, (SELECT account FROM keys), ?, ?, 'en-US', 'VOICE_BILLING_STYLE_EXTERNAL', 'lmnt', ?, 'speech'"
)
DEFINITION = json.dumps({"lmnt": {"voiceId": "leah", "model": "blizzard"}})
TEXT = "Calm mid-range narrator, slightly warm, for long texts and quiet hours. " * 2
ADDED, UNCHANGED = f"{VOICES} 0 0 0", f"0 0 0 {VOICES}"  # added, changed, gone, unchanged


def measure() -> list[Figure]:
    """Return the first sync, one without news, and the worker's memory at a tenth and at all of it."""
    with new_studio(served=False) as studio, _worker(studio) as worker:
        _add_upstream(studio, 0, FEW)
        _sync(studio)
        few = resident_mb(worker.pid, "VmHWM")
        run_command(studio, "delete_voices")
        _add_upstream(studio, FEW, VOICES)
        key = run_command(studio, "print_key").strip()
        downloads = [_download_seconds(studio, key)]
        first, counted = _sync(studio)
        downloads.append(_download_seconds(studio, key))
        again, counted_again = _sync(studio)
        downloads.append(_download_seconds(studio, key))
        many = resident_mb(worker.pid, "VmHWM")
    wrong = (counted != ADDED) + (counted_again != UNCHANGED)
    note_many = f"{many:.0f} MB; 8 MB of it are SQLite's page cache, which fills with the database"
    return [
        _against(f"first sync of {VOICES:,} voices / download of the same pages", first, mean(downloads[:2])),
        _against("sync without news / download", again, mean(downloads[1:])),
        Figure(f"worker's peak at {VOICES:,} over {FEW:,} voices", many - few, 32, "MB", note_many),
        Figure("syncs that counted wrong", wrong, 0, "syncs"),
    ]


def _against(name: str, ours: float, download: float) -> Figure:
    return Figure(name, ours / download, 2, note=f"{shown(ours)} against {shown(download)}")


@contextmanager
def _worker(studio: RunningStudio) -> Iterator[subprocess.Popen[bytes]]:
    """Run the sandbox with the studio's account in it, and a worker."""
    processes = [studio.start("sandbox")]
    try:
        await_answer(f"{studio.sandbox_url}/_sandbox/health", processes[0])
        studio.set_up()
        headers = {"X-API-Key": run_command(studio, "print_key").strip()}
        httpx.get(
            f"{studio.sandbox_url}/api/accounts/me", headers=headers, trust_env=False
        ).raise_for_status()
        processes.append(studio.start("worker"))
        yield processes[1]
    finally:
        for process in reversed(processes):
            stop(process)


def _add_upstream(studio: RunningStudio, first: int, last: int) -> None:
    """Add voices to the one account, straight into the sandbox's own database: 10,000 POSTs would take minutes."""
    rows = [(str(uuid4()), f"Voice {number}", TEXT, DEFINITION) for number in range(first, last)]
    with sqlite3.connect(studio.folder / "sandbox" / "sandbox.sqlite3", timeout=20) as database:
        database.executemany(ROW, rows)


async def _download(studio: RunningStudio, key: str) -> int:
    """Read page after page by the bare client, keep nothing; return how many voices there are."""
    async with new_http() as http:
        client = AltheaClient(http=http, base_url=studio.sandbox_url, key=Secret(key))
        count, cursor = 0, None
        while True:
            page = await client.list_voices(ownership="private", cursor=cursor)
            count, cursor = count + len(page.voices), page.next_cursor
            if cursor is None:
                return count


def _download_seconds(studio: RunningStudio, key: str) -> float:
    def download() -> None:
        assert asyncio.run(_download(studio, key)) == VOICES

    return seconds(download)


def _sync(studio: RunningStudio) -> tuple[float, str]:
    """Return the seconds that the worker took for one run, by its own record, and what it counted."""
    studio.manage("sync_voices", "--wait")
    taken, counts = run_command(studio, "print_sync").split(maxsplit=1)
    return float(taken), counts.strip()
