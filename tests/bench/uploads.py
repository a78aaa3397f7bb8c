"""32 uploads of 9 MB at 1 MB/s each: the library page meanwhile beside that of a studio without uploads, and memory.

The other studio stands on the same machine and is asked in turn: both meet the same load of the processors, so the
ratio is what waiting for uploads costs a page.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import httpx

from tests.bench.clone import recording
from tests.bench.pages import page_seconds
from tests.bench.studio import RunningStudio, hidden, new_studio, resident_mb, run_command
from tests.bench.table import Figure
from tests.bench.timing import Pairs, paired, shown

UPLOADS, RATE, CHUNK = 32, 1_000_000, 100_000
SESSIONS = 8  # a web process takes six uploads of one
BOUNDARY = "benchbenchbench"


def measure() -> list[Figure]:
    """Return the median and the p95 of the pages, and the web's memory."""
    with new_studio() as studio, new_studio() as other:
        clients = studio.login(), other.login()
        senders = [studio.login() for _ in range(SESSIONS)]
        for one in (studio, other):
            run_command(one, "add_voices", "1000")
        bodies = [_write_body(studio, senders[number % SESSIONS], number) for number in range(UPLOADS)]
        with ProcessPoolExecutor(1) as pool:
            uploads = pool.submit(_run_uploads, studio.url, [dict(one.cookies) for one in senders], bodies)
            pages, grown = _watch(studio, clients, uploads)
    ours, theirs = (quantiles(side, n=20)[-1] for side in (pages.ours, pages.other))
    note = f"{shown(ours)} against {shown(theirs)}"
    return [
        Figure(
            f"library page during {UPLOADS} slow uploads / of a studio without",
            pages.ratio,
            2,
            note=pages.note,
        ),
        Figure("the p95 of both", ours / theirs, 4, note=note),
        Figure("growth of the web's memory over idle", grown, 150, "MB"),
    ]


def _watch(
    studio: RunningStudio, clients: tuple[httpx.Client, httpx.Client], uploads: Future[None]
) -> tuple[Pairs, float]:
    """Return page times while the uploads last, a pair each 0.1 s, and by how many MB the web grew."""
    processes = studio.web_processes()
    for _ in range(20):
        clients[0].get("/")
    pages, memory = [], [sum(resident_mb(pid) for pid in processes)]
    while not uploads.done():
        pages.append((page_seconds(clients[0], "/"), page_seconds(clients[1], "/")))
        memory.append(sum(resident_mb(pid) for pid in processes))
        time.sleep(0.1)
    uploads.result()
    return paired(pages), max(memory) - memory[0]


def _write_body(studio: RunningStudio, client: httpx.Client, number: int) -> Path:
    """Write a whole form with its own recording to disk."""
    page = client.get("/clone/").text
    form = {name: hidden(page, name) for name in ("csrfmiddlewaretoken", "form_token")}
    form |= {"name": f"Up {uuid4().hex[:8]}", "language": "en", "consent": "own", "complete": "1"}
    form |= {"statement": "en.1", "agreed": "on"}
    content = recording(number % 4)[:-8] + number.to_bytes(8, "little")
    path = studio.folder / f"body-{number}"
    path.write_bytes(_multipart(form, content))
    return path


def _multipart(fields: dict[str, str], content: bytes) -> bytes:
    """Return a multipart form with one file."""
    field = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}\r\n'
    parts = [field.format(BOUNDARY, name, value) for name, value in fields.items()]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def _run_uploads(url: str, sessions: list[dict[str, str]], bodies: list[Path]) -> None:
    """Upload all at once, in a process of its own: a page's time must not include the load generator's work."""
    asyncio.run(_upload_all(url, sessions, bodies))


async def _upload_all(url: str, sessions: list[dict[str, str]], bodies: list[Path]) -> None:
    """Upload all at once; each must lead to its job."""
    limits = httpx.Limits(max_connections=None)
    options = {"base_url": url, "timeout": 120, "trust_env": False, "limits": limits}
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(cookies=cookies, **options))
            for cookies in sessions
        ]
        turns = zip(itertools.cycle(clients), bodies, strict=False)
        statuses = await asyncio.gather(*(_upload(client, body) for client, body in turns))
    assert set(statuses) == {200}, statuses


async def _upload(client: httpx.AsyncClient, body: Path) -> int:
    """Return the status of one slow upload, made as htmx makes it."""
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(body.stat().st_size),
        "HX-Request": "true",
    }
    return (await client.post("/clone/", content=_slowly(body), headers=headers)).status_code


async def _slowly(body: Path) -> AsyncIterator[bytes]:
    """Yield the body at 1 MB/s."""
    begin = time.monotonic()
    with body.open("rb") as file:
        for number in itertools.count(1):
            chunk = file.read(CHUNK)
            if not chunk:
                return
            yield chunk
            await asyncio.sleep(max(0.0, begin + number * CHUNK / RATE - time.monotonic()))
