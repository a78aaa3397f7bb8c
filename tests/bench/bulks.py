"""100,000 voices: taking them out as a file, and tagging 10,000 of them by the worker."""

import re
import time
from collections.abc import Iterator

import httpx

from tests.bench.jobs import ground
from tests.bench.table import Figure
from tests.running_studio import RunningStudio, hidden, new_house, resident_mb

VOICES, TAGGED = 100_000, 10_000


def peak(studio: RunningStudio) -> float:
    """The most memory that any process of the web ever had."""
    return max(resident_mb(pid, "VmHWM") for pid in studio.web_processes())


def export(browser: httpx.Client, kind: str, *, query: str = "") -> tuple[float, float, int]:
    """Seconds to the first byte and to the last one, and how many lines came."""
    begin, first, lines = time.perf_counter(), 0.0, 0
    with browser.stream("GET", f"/library/export/?format={kind}{query}") as answer:
        assert answer.status_code == 200
        for part in answer.iter_raw():
            first = first or time.perf_counter() - begin
            lines += part.count(b"\n")
    return first, time.perf_counter() - begin, lines


def follow(browser: httpx.Client, path: str) -> Iterator[float]:
    """Times of the library's page until the run at `path` has ended."""
    while "Back to the library" not in browser.get(path).text:
        begin = time.perf_counter()
        assert browser.get("/").status_code == 200
        yield time.perf_counter() - begin
        time.sleep(0.1)


def tag_many(browser: httpx.Client) -> list[Figure]:
    """The request that asks for it, and the worker's run."""
    token = hidden(browser.get("/keys/").text, "csrfmiddlewaretoken")
    form = {"csrfmiddlewaretoken": token, "verb": "tag", "tag": "Bench", "all": "1", "query": ""}
    begin = time.perf_counter()
    answer = browser.post(
        "/bulk/", data=form, headers={"Referer": str(browser.base_url)}, follow_redirects=False
    )
    asked = time.perf_counter() - begin
    assert answer.status_code == 303, answer.text[:500]
    begin = time.perf_counter()
    pages = sorted(follow(browser, answer.headers["Location"]))
    ran = time.perf_counter() - begin
    done = re.search(r"([\d,]+) voices tagged", browser.get(answer.headers["Location"]).text)
    assert done, "the run did not end well"
    assert int(done[1].replace(",", "")) == TAGGED
    note = f"slowest library page meanwhile {pages[-1] * 1000:.0f} ms" if pages else ""
    return [
        Figure(f"asking for {TAGGED:,} voices to be tagged", asked, 3, "s"),
        Figure(f"tagging {TAGGED:,} voices by the worker", ran, 30, "s", note),
    ]


def measure() -> list[Figure]:
    """Memory and times of an export after one of a few voices, then a bulk change."""
    with new_house() as studio:
        ground(studio, "add_voices", str(VOICES))
        browser = studio.login()
        for _ in range(8):  # each of the web's processes answers once
            export(browser, "csv", query="&q=Sora")
        before = peak(studio)
        first, whole, lines = export(browser, "csv")
        assert lines == VOICES + 1, lines
        assert export(browser, "json")[2] == VOICES + 2
        grown = peak(studio) - before
        return [
            Figure(f"memory of an export of {VOICES:,}", grown, 25, "MB", "over one of an eighth"),
            Figure("first byte of that export", first, 1, "s", f"all of it in {whole:.1f} s"),
            *tag_many(browser),
        ]
