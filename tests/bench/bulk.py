"""Tagging 10,000 of 100,000 voices by the worker, against a loop that saves each as an admin action does."""

import re
import time
from collections.abc import Iterator
from statistics import mean, median

import httpx

from tests.bench.studio import RunningStudio, hidden, new_studio, run_command
from tests.bench.table import Figure
from tests.bench.timing import seconds, shown

VOICES, TAGGED = 100_000, 10_000


def measure() -> list[Figure]:
    """Return the request that submits it and the worker's run; the plain ways run before and after."""
    with new_studio() as studio:
        run_command(studio, "add_voices", str(VOICES))
        client = studio.login()
        idle = [seconds(lambda: client.get("/")) for _ in range(20)]
        plain = [_plain(studio)]
        submitted, location = _submit(client)
        begin = time.perf_counter()
        pages = list(_follow(client, location))
        ran = time.perf_counter() - begin
        report = client.get(location).text
        plain.append(_plain(studio))
    done = re.search(r"([\d,]+) voices tagged", report) or re.search(r"to ([\d,]+) voices", report)
    assert done, report[:3000]
    assert int(done[1].replace(",", "")) == TAGGED, done[0]
    insert, loop = (mean(column) for column in zip(*plain, strict=True))
    return [
        _against(
            f"submitting {TAGGED:,} voices to be tagged / bare INSERT of as many rows", submitted, insert, 4
        ),
        _against(f"tagging {TAGGED:,} voices by the worker / plain loop", ran, loop, 2),
        _against("library page meanwhile / when idle", median(pages), median(idle), 2.5),
    ]


def _against(name: str, ours: float, other: float, bound: float) -> Figure:
    return Figure(name, ours / other, bound, note=f"{shown(ours)} against {shown(other)}")


def _plain(studio: RunningStudio) -> tuple[float, float]:
    """Return the seconds of inserting the rows, and of tagging as many voices by a loop (scaled from a quarter)."""
    insert = float(run_command(studio, "time_plain_insert", str(TAGGED)))
    return insert, float(run_command(studio, "time_plain_tagging")) * TAGGED


def _submit(client: httpx.Client) -> tuple[float, str]:
    """Submit the change; return the request's seconds and the report's address."""
    token = hidden(client.get("/keys/").text, "csrfmiddlewaretoken")
    form = {"csrfmiddlewaretoken": token, "verb": "tag", "tag": "Bench", "all": "1", "query": ""}
    headers, begin = {"Referer": str(client.base_url)}, time.perf_counter()
    answer = client.post("/bulk/", data=form, headers=headers, follow_redirects=False)
    taken = time.perf_counter() - begin
    assert answer.status_code == 303, answer.text[:500]
    return taken, answer.headers["Location"]


def _follow(client: httpx.Client, path: str) -> Iterator[float]:
    """Yield the times of the library's page until the run at `path` has ended."""
    while "Back to the library" not in client.get(path).text:
        yield seconds(lambda: client.get("/").raise_for_status())
        time.sleep(0.1)
