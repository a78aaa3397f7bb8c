"""The whole library page over HTTP: at 100,000 voices and at 1,000, and beside Django's own changelist."""

import time
from functools import partial

import httpx

from tests.bench.studio import RunningStudio, run_command
from tests.bench.table import Figure
from tests.bench.timing import in_turn

CHANGELIST = "/admin/voices/voice/"


def page_seconds(client: httpx.Client, path: str, **headers: str) -> float:
    """Return one page's time to its last byte."""
    begin = time.perf_counter()
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:3000])
    return time.perf_counter() - begin


def measure(small: RunningStudio, large: RunningStudio) -> list[Figure]:
    """Return the ratios of both studios, which run at once."""
    few, many = small.login(), large.login()
    sizes = in_turn(partial(page_seconds, many, "/"), partial(page_seconds, few, "/"), pairs=40)
    queries = int(run_command(large, "count_page_queries"))
    return [
        Figure("library page at 100,000 voices / at 1,000", sizes.ratio, 1.3, note=sizes.note),
        # Both draw about 50 rows in Python: this one finds templates and views that became slower.
        _against_changelist("1,000 voices", few, "", 20, bound=0.9),
        # Django's list no longer has a `date_hierarchy`, which took it another 240 ms and more.
        _against_changelist("100,000 voices", many, "", 7, bound=0.25),
        _against_changelist("100,000 voices, a search", many, "?q=narrator", 5, bound=0.12),
        Figure("SQL queries of the library page", queries, 8, "queries"),
    ]


def _against_changelist(name: str, client: httpx.Client, query: str, pairs: int, *, bound: float) -> Figure:
    both = in_turn(
        partial(page_seconds, client, f"/{query}"),
        partial(page_seconds, client, f"{CHANGELIST}{query}"),
        pairs=pairs,
    )
    return Figure(f"library page / Django's changelist, {name}", both.ratio, bound, note=both.note)
