"""32 uploads of 9 MB at 1 MB/s each: how the library page fares meanwhile, and what the web's memory does."""

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import quantiles
from uuid import uuid4

import httpx

from tests.bench.clones import recording
from tests.bench.jobs import ground
from tests.bench.table import Figure
from tests.house import House, hidden, new_house, resident_mb

UPLOADS, RATE, CHUNK = 32, 1_000_000, 100_000
BOUNDARY = "benchbenchbench"


def body_of(fields: dict[str, str], content: bytes) -> bytes:
    """A multipart form with one file."""
    field = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}\r\n'
    parts = [field.format(BOUNDARY, name, value) for name, value in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def slowly(body: bytes) -> AsyncIterator[bytes]:
    """The body at 1 MB/s."""
    begin = time.monotonic()
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]
        await asyncio.sleep(max(0.0, begin + (start + CHUNK) / RATE - time.monotonic()))


async def upload(client: httpx.AsyncClient, fields: dict[str, str], content: bytes) -> int:
    """The status of one slow upload, made as htmx makes it."""
    body = body_of(fields, content)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(body)),
        "HX-Request": "true",
    }
    return (await client.post("/clone/", content=slowly(body), headers=headers)).status_code


async def watch(client: httpx.AsyncClient, times: list[float], house: House, memory: list[float]) -> None:
    """Loads the library page ten times a second and notes the web's memory."""
    processes = house.web_processes()
    while True:
        begin = time.perf_counter()
        (await client.get("/")).raise_for_status()
        times.append(time.perf_counter() - begin)
        memory.append(sum(resident_mb(pid) for pid in processes))
        await asyncio.sleep(0.1)


async def load(
    house: House, cookies: httpx.Cookies, forms: list[dict[str, str]]
) -> tuple[list[float], list[float]]:
    """Page times and memory while all uploads run; the first memory reading is the idle one."""
    limits = httpx.Limits(max_connections=None)
    options = {
        "base_url": house.url,
        "cookies": cookies,
        "timeout": 120,
        "trust_env": False,
        "limits": limits,
    }
    times: list[float] = []
    memory: list[float] = []
    contents = [recording(number % 4)[:-8] + number.to_bytes(8, "little") for number in range(UPLOADS)]
    async with httpx.AsyncClient(**options) as client, httpx.AsyncClient(**options) as pages:
        for _ in range(20):
            await pages.get("/")
        memory.append(sum(resident_mb(pid) for pid in house.web_processes()))
        watcher = asyncio.create_task(watch(pages, times, house, memory))
        jobs = [upload(client, form, content) for form, content in zip(forms, contents, strict=True)]
        statuses = await asyncio.gather(*jobs)
        watcher.cancel()
    assert set(statuses) == {200}, statuses
    return times, memory


def measure() -> list[Figure]:
    """Two figures."""
    with new_house() as house:
        ground(house, "add_voices", "1000")
        browser = house.login()
        forms = []
        for _ in range(UPLOADS):
            page = browser.get("/clone/").text
            own = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
            forms.append(own | {"name": f"Up {uuid4().hex[:8]}", "language": "en"})
        times, memory = asyncio.run(load(house, browser.cookies, forms))
    p95 = quantiles(times, n=20)[-1] * 1000
    note = f"{len(times)} pages, slowest {max(times) * 1000:.0f} ms"
    return [
        Figure(f"library page, p95 during {UPLOADS} slow uploads", p95, 100, "ms", note),
        Figure("growth of the web's memory over idle", max(memory) - memory[0], 150, "MB"),
    ]
