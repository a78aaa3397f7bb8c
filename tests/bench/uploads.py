"""32 uploads of 9 MB at 1 MB/s each: how the library page fares meanwhile, and what the web's memory does."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import httpx

from tests.bench.clones import recording
from tests.bench.jobs import ground
from tests.bench.table import Figure
from tests.running_studio import RunningStudio, hidden, new_house, resident_mb

UPLOADS, RATE, CHUNK = 32, 1_000_000, 100_000
BOUNDARY = "benchbenchbench"


def body_of(fields: dict[str, str], content: bytes) -> bytes:
    """A multipart form with one file."""
    field = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}\r\n'
    parts = [field.format(BOUNDARY, name, value) for name, value in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def slowly(body: Path) -> AsyncIterator[bytes]:
    """The body at 1 MB/s."""
    begin = time.monotonic()
    with body.open("rb") as file:
        for number in itertools.count(1):
            chunk = file.read(CHUNK)
            if not chunk:
                return
            yield chunk
            await asyncio.sleep(max(0.0, begin + number * CHUNK / RATE - time.monotonic()))


async def upload(client: httpx.AsyncClient, body: Path) -> int:
    """The status of one slow upload, made as htmx makes it."""
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(body.stat().st_size),
        "HX-Request": "true",
    }
    return (await client.post("/clone/", content=slowly(body), headers=headers)).status_code


def watch(
    studio: RunningStudio, browser: httpx.Client, load: Future[None]
) -> tuple[list[float], list[float]]:
    """Page times, ten a second while the load lasts, and the web's memory beside them; idle memory first."""
    processes = studio.web_processes()
    for _ in range(20):
        browser.get("/")
    times, memory = [], [sum(resident_mb(pid) for pid in processes)]
    while not load.done():
        begin = time.perf_counter()
        browser.get("/").raise_for_status()
        times.append(time.perf_counter() - begin)
        memory.append(sum(resident_mb(pid) for pid in processes))
        time.sleep(0.1)
    load.result()
    return times, memory


async def load(url: str, cookies: dict[str, str], bodies: list[Path]) -> None:
    """All uploads at once; each must lead to its job."""
    limits = httpx.Limits(max_connections=None)
    options = {"base_url": url, "cookies": cookies, "timeout": 120, "trust_env": False, "limits": limits}
    async with httpx.AsyncClient(**options) as client:
        statuses = await asyncio.gather(*(upload(client, body) for body in bodies))
    assert set(statuses) == {200}, statuses


def run_load(url: str, cookies: dict[str, str], bodies: list[Path]) -> None:
    """The load, in a process of its own: a page's time must not hold the load generator's own work."""
    asyncio.run(load(url, cookies, bodies))


def written_body(studio: RunningStudio, browser: httpx.Client, number: int) -> Path:
    """A whole form with its own recording, on disk."""
    page = browser.get("/clone/").text
    form = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
    content = recording(number % 4)[:-8] + number.to_bytes(8, "little")
    path = studio.folder / f"body-{number}"
    path.write_bytes(
        body_of(form | {"name": f"Up {uuid4().hex[:8]}", "language": "en", "consent": "own"}, content)
    )
    return path


def measure() -> list[Figure]:
    """Two figures."""
    with new_house() as studio:
        ground(studio, "add_voices", "1000")
        browser = studio.login()
        bodies = [written_body(studio, browser, number) for number in range(UPLOADS)]
        with ProcessPoolExecutor(1) as pool:
            running = pool.submit(run_load, studio.url, dict(browser.cookies), bodies)
            times, memory = watch(studio, browser, running)
    p95 = quantiles(times, n=20)[-1] * 1000
    note = f"{len(times)} pages, slowest {max(times) * 1000:.0f} ms"
    return [
        Figure(f"library page, p95 during {UPLOADS} slow uploads", p95, 100, "ms", note),
        Figure("growth of the web's memory over idle", max(memory) - memory[0], 150, "MB"),
    ]
