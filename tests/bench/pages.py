"""The library page of 48 rows at 1,000 voices and at 100,000: queries, and the ratio of times."""

import time
from statistics import median

import httpx

from tests.bench.jobs import ground
from tests.bench.table import Figure
from tests.running_studio import RunningStudio

ROUNDS = 40


def seconds(browser: httpx.Client, path: str) -> float:
    """One page's time to its last byte."""
    begin = time.perf_counter()
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.text.count('class="row') >= 48, answer.text[:3000]
    return time.perf_counter() - begin


def measure(small: RunningStudio, large: RunningStudio) -> list[Figure]:
    """Both houses run at once and take turns, so that the machine's noise meets both."""
    browsers = small.login(), large.login()
    for browser in browsers:
        seconds(browser, "/")
    times = [[seconds(browser, "/") for browser in browsers] for _ in range(ROUNDS)]
    few, many = (median(column) for column in zip(*times, strict=True))
    queries = int(ground(large, "count_queries").strip())
    note = f"{many * 1000:.0f} ms against {few * 1000:.0f} ms, medians of {ROUNDS}"
    return [
        Figure("library page at 100,000 voices / at 1,000", many / few, 1.3, "x", note),
        Figure("queries of the library page", queries, 8, "queries"),
    ]
