"""The dashboard of a year with 100,000 clones and 100,000 voices, and with 1,000 of each, beside the library's page."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from statistics import quantiles

from tests.bench.pages import page_seconds
from tests.bench.postgres import new_cluster
from tests.bench.studio import RunningStudio, new_studio, run_command, run_json
from tests.bench.table import Figure
from tests.bench.timing import in_turn, shown

SIZES = (1_000, 100_000)
PAGE, PAIRS = "/dashboard/?period=12m", 30
Studios = tuple[RunningStudio, RunningStudio]


def measure() -> list[Figure]:
    """Return the figures of both databases, one after the other."""
    with ExitStack() as stack:
        databases = dict(_databases(stack))
        with ThreadPoolExecutor() as pool:
            filled = [pair for studios in databases.values() for pair in zip(studios, SIZES, strict=True)]
            list(pool.map(_fill, *zip(*filled, strict=True)))
        return [figure for name, studios in databases.items() for figure in _measure(name, *studios)]


def _databases(stack: ExitStack) -> Iterator[tuple[str, Studios]]:
    yield "SQLite", (stack.enter_context(new_studio()), stack.enter_context(new_studio()))
    if address := stack.enter_context(new_cluster()):
        small, large = ({"VOICESTUDIO_DATABASE_URL": address + name} for name in ("small", "large"))
        yield (
            "PostgreSQL",
            (
                stack.enter_context(new_studio(settings=small)),
                stack.enter_context(new_studio(settings=large)),
            ),
        )


def _fill(studio: RunningStudio, count: int) -> None:
    run_command(studio, "add_mixed_voices", str(count))
    run_command(studio, "add_year", str(count))


def _measure(database: str, small: RunningStudio, large: RunningStudio) -> Iterator[Figure]:
    few, many = small.login(), large.login()
    beside = in_turn(partial(page_seconds, many, PAGE), partial(page_seconds, many, "/"), pairs=PAIRS)
    ours, library = (quantiles(side, n=20, method="inclusive")[-1] for side in (beside.ours, beside.other))
    yield Figure(
        f"{database}: dashboard of a year, p95 / library page, p95", ours / library, 6,
        note=f"{shown(ours)} against {shown(library)}, {SIZES[1]:,} clones and voices",
    )  # fmt: skip
    sizes = in_turn(partial(page_seconds, many, PAGE), partial(page_seconds, few, PAGE), pairs=PAIRS)
    yield Figure(f"{database}: dashboard at {SIZES[1]:,} / at {SIZES[0]:,}", sizes.ratio, 3, note=sizes.note)
    found = run_json(large, "count_dashboard_queries")
    yield Figure(f"{database}: SQL queries of the dashboard", found["queries"], 15, "queries")
    yield Figure(f"{database}: counts that differ from a recount", found["differences"], 0, "counts")
