"""An account of 10,000 voices: reading its whole list into the library against only downloading it."""

import asyncio
import json
import sqlite3
import time
from uuid import uuid4

import httpx

from tests.bench.jobs import ground
from tests.bench.table import Figure
from tests.running_studio import RunningStudio, await_answer, new_house, resident_mb, stop
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


def add_upstream(studio: RunningStudio, first: int, last: int) -> None:
    """Voices of the one account, straight into the sandbox's own database: 10,000 POSTs would take minutes."""
    rows = [(str(uuid4()), f"Voice {number}", TEXT, DEFINITION) for number in range(first, last)]
    with sqlite3.connect(studio.folder / "sandbox" / "sandbox.sqlite3", timeout=20) as database:
        database.executemany(ROW, rows)


async def download(studio: RunningStudio, secret: str) -> int:
    """How many voices there are, page after page, kept nowhere."""
    async with new_http() as http:
        client = AltheaClient(http=http, base_url=studio.sandbox_url, key=Secret(secret))
        count, cursor = 0, None
        while True:
            page = await client.list_voices(ownership="private", cursor=cursor)
            count, cursor = count + len(page.voices), page.next_cursor
            if cursor is None:
                return count


def time_download(studio: RunningStudio, secret: str) -> float:
    """Seconds of the faster of two downloads."""
    times = []
    for _ in range(2):
        begin = time.perf_counter()
        assert asyncio.run(download(studio, secret)) == VOICES
        times.append(time.perf_counter() - begin)
    return min(times)


def sync(studio: RunningStudio) -> tuple[float, str]:
    """Seconds that the worker took for one run, by its own record, and what it counted."""
    studio.manage("sync_voices", "--wait")
    seconds, counts = ground(studio, "print_sync").split(maxsplit=1)
    return float(seconds), counts.strip()


def measure() -> list[Figure]:
    """First sync, a second one without news, and the worker's memory at a tenth and at all of it."""
    with new_house(served=False) as studio:
        sandbox = studio.start("sandbox")
        worker = None
        try:
            await_answer(f"{studio.sandbox_url}/_sandbox/health", sandbox)
            studio.set_up()
            secret = ground(studio, "print_key").strip()
            httpx.get(
                f"{studio.sandbox_url}/api/accounts/me", headers={"X-API-Key": secret}, trust_env=False
            ).raise_for_status()
            add_upstream(studio, 0, FEW)
            worker = studio.start("worker")
            sync(studio)
            few = resident_mb(worker.pid, "VmHWM")
            ground(studio, "forget_voices")
            add_upstream(studio, FEW, VOICES)
            bare = time_download(studio, secret)
            first, told = sync(studio)
            again, told_again = sync(studio)
            many = resident_mb(worker.pid, "VmHWM")
        finally:
            for process in (worker, sandbox):
                if process is not None:
                    stop(process)
    wrong = (told != f"{VOICES} 0 0 0") + (told_again != f"0 0 0 {VOICES}")
    note_many = f"{many:.0f} MB; 8 MB of it are SQLite's page cache, which fills with the database"
    note = f"{first:.1f} s against {bare:.1f} s of downloading the same pages"
    return [
        Figure(f"first sync of {VOICES} voices / download", first / bare, 1.5, "x", note),
        Figure("sync without news / download", again / bare, 1.5, "x", f"{again:.1f} s"),
        Figure(f"worker's peak at {VOICES} over {FEW} voices", many - few, 32, "MB", note_many),
        Figure("syncs that counted wrong", wrong, 0, "syncs"),
    ]
