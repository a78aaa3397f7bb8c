"""The activity trail: its page at 1,000,000 entries and at 1,000, and verifying and writing its chain."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import httpx

from tests.bench.pages import page_seconds
from tests.bench.postgres import new_cluster
from tests.bench.studio import RunningStudio, new_studio, run_command, run_json
from tests.bench.table import Figure
from tests.bench.timing import Pairs, in_turn, shown

FEW, MANY, CHAINED = 1_000, 1_000_000, 100_000
# The page alone, each filter, and combinations that match a few entries or none among all that the first filter finds.
QUERIES = (
    "", "topic=keys", "person=1003", "address=198.51.100.7", "thing=voice:id-77", "since=2026-01-01",
    "person=1003&topic=keys", "person=1003&address=198.51.100.7", "topic=keys&text=Voice+77", "text=nothing+like+it",
)  # fmt: skip


def measure() -> list[Figure]:
    """Return the figures of both databases."""
    with ExitStack() as stack:
        figures = list(_measure("SQLite", *(stack.enter_context(new_studio()) for _ in range(2))))
        address = stack.enter_context(new_cluster())
        if not address:
            return [*figures, Figure("PostgreSQL: not on this machine", 0, 0, "rows")]
        settings = [{"VOICESTUDIO_DATABASE_URL": address + name} for name in ("small", "large")]
        studios = [stack.enter_context(new_studio(settings=one)) for one in settings]
        return [*figures, *_measure("PostgreSQL", *studios)]


def _measure(database: str, small: RunningStudio, large: RunningStudio) -> Iterator[Figure]:
    run_command(small, "add_entries", str(FEW))
    run_command(large, "add_entries", str(MANY))
    many, few = large.login(), small.login()
    sizes = _pages((many, ""), (few, ""))
    yield Figure(
        f"{database}: activity page at {MANY:,} entries / at {FEW:,}", sizes.ratio, 1.3, note=sizes.note
    )
    # Against the page without filters: a filter that finds 5 of 1,000 entries finds 50 of a million, and draws more.
    ratios = {query: _pages((many, query), (many, "")) for query in QUERIES if query}
    worst = max(ratios, key=lambda query: ratios[query].ratio)
    yield Figure(
        f"{database}: the worst of {len(ratios)} filters there / the page without", ratios[worst].ratio, 1.3,
        note=f"{worst or 'none'}: {ratios[worst].note}",
    )  # fmt: skip
    run_command(small, "add_chain", str(CHAINED))
    yield _verification(database, run_json(small, "compare_verification"))
    writing = Pairs(**run_json(small, "compare_writing"))
    yield Figure(
        f"{database}: 1,000 entries written and sealed / bare rows", writing.ratio, 3, note=writing.note
    )


def _pages(*asked: tuple[httpx.Client, str]) -> Pairs:
    ours, other = (partial(page_seconds, client, f"/activity/?{query}") for client, query in asked)
    return in_turn(ours, other, pairs=9)


def _verification(database: str, found: dict[str, list[float]]) -> Figure:
    entries = found.pop("entries")
    both = Pairs(**found)
    speed = round(int(str(entries)) / sorted(both.ours)[len(both.ours) // 2])
    return Figure(
        f"{database}: verifying {CHAINED:,} entries / reading and hashing their rows", both.ratio, 4,
        note=f"{speed:,} entries/s; {both.note}; {shown(both.ours[0])} the first",
    )  # fmt: skip
