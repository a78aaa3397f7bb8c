"""The API over HTTP: 100 voices out of 100,000 and out of 1,000, and an alias, beside the library page."""

from functools import partial

import httpx

from tests import loopback
from tests.bench.pages import page_seconds
from tests.bench.studio import RunningStudio, run_command, run_json
from tests.bench.table import Figure
from tests.bench.timing import in_turn

LIST, ALIAS = "/api/v1/voices?pageSize=100", "/api/v1/aliases/bench"
PAIRS = 30  # a token has 120 requests a minute


def program(studio: RunningStudio) -> httpx.Client:
    """Return a client with a token of its own."""
    token = run_command(studio, "print_token").strip()
    return loopback.client(base_url=studio.url, timeout=60, headers={"Authorization": f"Bearer {token}"})


def measure(small: RunningStudio, large: RunningStudio) -> list[Figure]:
    """Return the ratios of both studios, which run at once."""
    browser, few, many, resolving = large.login(), program(small), program(large), program(large)
    sizes = in_turn(partial(page_seconds, many, LIST), partial(page_seconds, few, LIST), pairs=PAIRS)
    beside = in_turn(partial(page_seconds, many, LIST), partial(page_seconds, browser, "/"), pairs=PAIRS)
    alias = in_turn(partial(page_seconds, resolving, ALIAS), partial(page_seconds, browser, "/"), pairs=PAIRS)
    queries = run_json(large, "count_api_queries")
    return [
        Figure("API: 100 voices out of 100,000 / out of 1,000", sizes.ratio, 1.3, note=sizes.note),
        Figure("API: 100 voices / library page, 100,000 voices", beside.ratio, 0.8, note=beside.note),
        Figure("API: an alias / library page, 100,000 voices", alias.ratio, 0.3, note=alias.note),
        Figure("API: SQL queries of 100 voices", queries["list"], 4, "queries"),
        Figure("API: SQL queries of an alias", queries["alias"], 2, "queries"),
    ]
