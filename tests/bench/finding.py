"""Finding among 100,000 believable voices and among 1,000, on SQLite and on PostgreSQL: pages, and the counts."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Any

import httpx

from tests.bench import pages
from tests.bench.jobs import ground
from tests.bench.postgres import new_cluster
from tests.bench.table import Figure
from tests.running_studio import RunningStudio, new_house

SIZES = FEW, MANY = 1_000, 100_000
ROUNDS = 6
ALIKE = {"unfiltered", "filtered, frequent"}  # both libraries fill a page: the same is drawn
COUNTED = ("", "language=en", "q=calm", "provider=Cartesia&stage=approved&language=en")


def measure() -> list[Figure]:
    """Both databases, one after the other."""
    with ExitStack() as stack:
        address = stack.enter_context(new_cluster())
        settings: dict[str, list[dict[str, str]]] = {"SQLite": [{}, {}]}
        if address:
            urls = [{"VOICESTUDIO_DATABASE_URL": address + name} for name in ("small", "large")]
            settings["PostgreSQL"] = urls
        pairs = {
            name: tuple(stack.enter_context(new_house(settings=one)) for one in two)
            for name, two in settings.items()
        }
        # Filling takes a core a house, measuring wants one for itself: all are filled first, at once.
        with ThreadPoolExecutor() as hands:
            filled = [
                hands.submit(_fill, studio, count)
                for pair in pairs.values()
                for studio, count in zip(pair, SIZES, strict=True)
            ]
        for one in filled:
            one.result()
        figures = pages.measure(*pairs["SQLite"])  # here, as filling 100,000 voices again would take a minute
        figures += [figure for name, pair in pairs.items() for figure in _measure(name, *pair)]
    return figures if address else [*figures, Figure("PostgreSQL: not on this machine", 0, 0, "rows")]


def _fill(studio: RunningStudio, count: int) -> None:
    ground(studio, "add_mixed_voices", str(count))


def _measure(database: str, small: RunningStudio, large: RunningStudio) -> list[Figure]:
    at_few, at_many = _plan(small), _plan(large)
    browsers = small.login(), large.login()
    figures = []
    for kind, queries in at_many["searches"].items():
        times = [_times(browsers, pair) for pair in zip(at_few["searches"][kind], queries, strict=True)]
        figures += _figures(database, kind, dict(zip(queries, times, strict=True)))
    most = max(at_few["queries"], at_many["queries"])
    figures.append(Figure(f"{database}: queries of any such page", most, 10, "queries"))
    return figures + _counts(database, browsers[1])


def _plan(studio: RunningStudio) -> dict[str, Any]:
    """What to ask of this house: tags and people have other numbers in each."""
    found: dict[str, Any] = json.loads(ground(studio, "print_searches"))
    return found


def _times(browsers: tuple[httpx.Client, ...], queries: tuple[str, ...]) -> list[list[float]]:
    """Seconds in each house, which take turns, so that the machine's noise meets both."""
    pairs = list(zip(browsers, queries, strict=True))
    for browser, query in pairs:
        _seconds(browser, f"/?{query}")
    rounds = [[_seconds(browser, f"/?{query}") for browser, query in pairs] for _ in range(ROUNDS)]
    return [list(column) for column in zip(*rounds, strict=True)]


def _seconds(browser: httpx.Client, path: str) -> float:
    begin = time.perf_counter()
    answer = browser.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200, (path, answer.status_code)
    return time.perf_counter() - begin


def _figures(database: str, kind: str, times: Mapping[str, list[list[float]]]) -> list[Figure]:
    """The p95 of a kind and its slowest; for pages that draw the same also the worst ratio of medians."""
    middles = {query: median(many) for query, (_, many) in times.items()}
    slowest = max(middles, key=lambda query: middles[query])
    p95 = quantiles([second for _, many in times.values() for second in many], n=20, method="inclusive")[-1]
    note = f"{len(times)} such, {ROUNDS} times; slowest median {middles[slowest] * 1000:.0f} ms: {slowest or 'plain'}"
    figures = [Figure(f"{database}, {kind}: p95 at {MANY:,} voices", p95 * 1000, 60, "ms", note)]
    if kind in ALIKE:
        ratio = {query: median(many) / median(few) for query, (few, many) in times.items()}
        worst = max(ratio, key=lambda query: ratio[query])
        figures.append(
            Figure(f"{database}, {kind}: {MANY:,} / {FEW:,} voices", ratio[worst], 1.5, "x", worst or "")
        )
    return figures


def _counts(database: str, browser: httpx.Client) -> list[Figure]:
    cold = {query: _seconds(browser, f"/library/counts/?{query}") * 1000 for query in COUNTED}
    again = [_seconds(browser, f"/library/counts/?{query}") * 1000 for query in COUNTED for _ in range(3)]
    slowest = max(cold, key=lambda query: cold[query])
    return [
        Figure(
            f"{database}: counts, first time", cold[slowest], 400, "ms", f"slowest of {len(cold)}: {slowest}"
        ),
        Figure(f"{database}: counts, from the cache", median(again), 60, "ms", "median"),
    ]
