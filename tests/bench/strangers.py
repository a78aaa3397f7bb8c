"""/healthz and the library beside thousands of strangers' connections, and beside an Althea that hangs.

Each is compared with the same studio when nobody else asks.
"""

import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import quantiles

import httpx

from tests.bench.pages import page_seconds
from tests.bench.studio import RunningStudio, hidden, new_studio, resident_mb
from tests.bench.table import Figure
from tests.bench.timing import shown
from voices.kit.open_files import raise_open_files

PROBES, PAGES, KEY_TESTS = 300, 40, 80
HEAD = b"Host: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
STRANGERS = (
    (3_000, b""),
    (500, b"GET / HTTP/1.1\r\nX-A: a"),
    (500, b"POST /accounts/login/ HTTP/1.1\r\n" + HEAD + b"Content-Length: 10000\r\n\r\na="),
)
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\n\r\n"


def measure() -> list[Figure]:
    """Return ratios of times, the answers that failed, and the growth of the web's processes."""
    raise_open_files()
    with new_studio() as studio:
        client = studio.login()
        page_seconds(client, "/")
        idle, idle_page = _p99(studio), _page_p95(client)
        return [*_beside_strangers(studio, idle), *_beside_hung_althea(studio, client, idle, idle_page)]


def _beside_strangers(studio: RunningStudio, idle: float) -> list[Figure]:
    processes = studio.web_processes()
    before = {pid: resident_mb(pid) for pid in processes}
    with ExitStack() as strangers:
        for count, sent in STRANGERS:
            for _ in range(count):
                strangers.enter_context(_connect(studio, sent))
        times = [_probe(studio) for _ in range(PROBES)]
        grown = max(resident_mb(pid) - before[pid] for pid in processes)
    answered = [one for one in times if one is not None]
    ours = quantiles(answered, n=100)[-1]
    note = f"{shown(ours)} against {shown(idle)}, 3,000 idle, 500 slow headers, 500 slow bodies"
    return [
        Figure(
            "/healthz beside 4,000 connections of strangers, p99 / of an idle studio",
            ours / idle,
            10,
            note=note,
        ),
        Figure("/healthz without an answer meanwhile", len(times) - len(answered), 0, "answers"),
        Figure("growth of a web process meanwhile", grown, 40, "MB"),
    ]


def _beside_hung_althea(
    studio: RunningStudio, client: httpx.Client, idle: float, idle_page: float
) -> list[Figure]:
    hang = {"effect": "hang", "method": "GET", "path": "/api/.*", "times": None, "seconds": 60}
    httpx.post(f"{studio.sandbox_url}/_sandbox/faults", json=hang, trust_env=False).raise_for_status()
    page = client.get("/keys/").text
    found = re.search(r"/keys/[0-9a-f-]{36}/test/", page)
    assert found
    token = {"csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken")}

    # One client for all: 80 of them would keep this process too busy to measure anything.
    limits = httpx.Limits(max_connections=KEY_TESTS)
    many = httpx.Client(cookies=client.cookies, timeout=120, trust_env=False, limits=limits)

    def test_key(_: int) -> int:
        return many.post(studio.url + found[0], data=token).status_code

    with many, ThreadPoolExecutor(KEY_TESTS) as pool:
        tests = [pool.submit(test_key, number) for number in range(KEY_TESTS)]
        time.sleep(1)
        ours, ours_page = _p99(studio), _page_p95(client)
        statuses = [one.result() for one in tests]
    refused = statuses.count(503)
    others = KEY_TESTS - refused - statuses.count(303)
    return [
        Figure(
            f"/healthz beside {KEY_TESTS} key tests at a hung Althea, p99 / of an idle studio",
            ours / idle, 10, note=f"{shown(ours)} against {shown(idle)}; {refused} refused at once",
        ),
        Figure(
            "library page meanwhile, p95 / of an idle studio",
            ours_page / idle_page, 5, note=f"{shown(ours_page)} against {shown(idle_page)}",
        ),
        Figure("key tests that ended otherwise than 303 or 503", others, 0, "answers"),
    ]  # fmt: skip


def _connect(studio: RunningStudio, sent: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", studio.port), timeout=30)
    sock.sendall(sent)
    return sock


def _probe(studio: RunningStudio) -> float | None:
    """Return the seconds of a /healthz on a new connection, or None without an answer."""
    begin = time.perf_counter()
    try:
        with _connect(studio, ALIVE) as sock:
            is_alive = sock.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return None
    return time.perf_counter() - begin if is_alive else None


def _p99(studio: RunningStudio) -> float:
    return _quantile(lambda: _probe(studio) or 30.0, PROBES, 100)


def _page_p95(client: httpx.Client) -> float:
    return _quantile(lambda: page_seconds(client, "/"), PAGES, 20)


def _quantile(action: Callable[[], float], times: int, parts: int) -> float:
    return quantiles([action() for _ in range(times)], n=parts)[-1]
