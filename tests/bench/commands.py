"""Commands in a studio's Django, in a process of their own: `python -m tests.bench.commands <command> [number]`.

The bench itself never loads Django, so that each part gets a database of its own.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from statistics import median

import django
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

django.setup()

from tests.bench import activity_rows, baselines  # noqa: E402  # after Django is set up
from tests.bench.mixed_voices import add_mixed  # noqa: E402  # after Django is set up
from tests.bench.queries import COUNTED, library_queries  # noqa: E402  # after Django is set up
from tests.bench.seed import add_jobs, add_recordings, add_voices, first_key, first_member, keep_writing  # noqa: E402  # after Django is set up
from tests.bench.timing import Pairs, in_turn, seconds  # noqa: E402  # after Django is set up
from tests.bench.year import add_year_of_jobs  # noqa: E402  # after Django is set up
from tests.builders import make_job  # noqa: E402  # after Django is set up
from voices.actions.bulk.swap_request import request_swap  # noqa: E402
from voices.actions.figures.recount import differences, recount_clones  # noqa: E402
from voices.actions.tokens.store import make_api_token  # noqa: E402
from voices.actions.voice.usage import agents_using  # noqa: E402
from voices.gateway import unseal  # noqa: E402
from voices.kit.metric_files import share_metrics  # noqa: E402
from voices.library.facets import facets  # noqa: E402
from voices.library.filters import parse_query  # noqa: E402
from voices.library.pages import PAGE_SIZE, library_page  # noqa: E402
from voices.models import Alias, BulkRun, BulkVerb, CloneJob, ItemState, State, SyncRun, Voice  # noqa: E402
from voices.web.metrics import count_request  # noqa: E402

PAGE_PAIRS, COUNT_PAIRS, EXPORT_PAIRS, PLAIN_TAGGED = 3, 3, 3, 2_500


def add_mixed_voices(count: int) -> None:
    """Add voices of many kinds to the admin's team."""
    add_mixed(first_member().team, first_key(), count)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What autovacuum does to a library that has lain for a while; SQLite does nothing of itself.
            cursor.execute("VACUUM ANALYZE")


def add_year(count: int) -> None:
    """Add a year of ended clones to the admin's team, with what the dashboard shows of each day."""
    add_year_of_jobs(count)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def add_failed_job() -> None:
    """Add a clone that failed a moment ago, whose recording is there."""
    why = {"state": State.FAILED, "problem": "not_sent", "message": "Althea could not be reached."}
    make_job(first_member(), key=first_key(), name="Broken", ended_at=timezone.now(), **why)
    recount_clones(now=timezone.now())


def count_dashboard_queries() -> None:
    """Print how many SQL queries the dashboard takes when nothing is cached, and how many counts are wrong."""
    client = browser()
    client.get("/keys/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/dashboard/?period=12m").status_code == 200
    print(json.dumps({"queries": len(queries), "differences": len(differences(now=timezone.now()))}))


def browser() -> Client:
    """Return a test client in which the admin is logged in."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(first_key().owner)
    return client


def print_queries() -> None:
    """Print the query strings by kind, and the most SQL queries that a page of theirs takes."""
    client, asked = browser(), library_queries(first_member().team)
    most = 0
    for query in [query for queries in asked.values() for query in queries]:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/?{query}", headers={"HX-Request": "true"}).status_code == 200, query
        most = max(most, len(queries))
    print(json.dumps({"queries": asked, "sql": most}))


def count_page_queries() -> None:
    """Print how many SQL queries the whole library page takes."""
    client = browser()
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    print(len(queries))


def token() -> str:
    """Return a new token of the admin, which may read; let the alias `bench` point to a voice."""
    member, now = first_member(), timezone.now()
    voice = Voice.objects.of_team(member.team).first()
    Alias.objects.get_or_create(team=member.team, name="bench", defaults={"voice": voice, "moved_at": now})
    expires = now + timedelta(days=1)
    _, value = make_api_token(member=member, name="Bench", scopes=[], expires_at=expires, now=now)
    return value.reveal()


def print_token() -> None:
    """Print a new token, which opens nothing but the bench's own studio."""
    print(token())


def count_api_queries() -> None:
    """Print how many SQL queries a list of 100 voices takes, and an alias."""
    client = Client(HTTP_HOST="localhost", headers={"Authorization": f"Bearer {token()}"})
    found = {}
    for name, path in (("list", "/api/v1/voices?pageSize=100"), ("alias", "/api/v1/aliases/bench")):
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        found[name] = len(queries)
    print(json.dumps(found))


def compare_pages() -> None:
    """Print for each kind and query the seconds of our page of rows and of the plain query, which must agree."""
    asked = library_queries(first_member().team)
    print(json.dumps({kind: {one: _page_pairs(one) for one in queries} for kind, queries in asked.items()}))


def _page_pairs(query: str) -> dict[str, list[float]]:
    member, filters = first_member(), parse_query(query)
    ours = [voice.pk for voice in library_page(member, filters=filters).voices]
    assert ours == [voice.pk for voice in baselines.page(member, query, size=PAGE_SIZE)][:PAGE_SIZE], query
    return vars(
        in_turn(
            lambda: seconds(lambda: library_page(member, filters=filters)),
            lambda: seconds(lambda: baselines.page(member, query, size=PAGE_SIZE)),
            pairs=PAGE_PAIRS,
        )
    )


def compare_counts() -> None:
    """Print for some queries the seconds of our first counts and of a GROUP BY per filter."""
    print(json.dumps({query: vars(_count_pairs(query)) for query in COUNTED}))


def _count_pairs(query: str) -> Pairs:
    member, filters = first_member(), parse_query(query)
    cache.clear()
    assert facets(member, filters).total == baselines.counts(member, query), query

    def ours() -> float:
        cache.clear()
        return seconds(lambda: facets(member, filters))

    return in_turn(ours, lambda: seconds(lambda: baselines.counts(member, query)), pairs=COUNT_PAIRS)


def compare_exports() -> None:
    """Print the seconds of a CSV of an eighth of the voices, ours and a plain one with as many lines."""
    client, member, query = browser(), first_member(), "q=Sora"

    def ours() -> int:
        answer = client.get(f"/library/export/?format=csv&{query}")
        return b"".join(answer.streaming_content).count(b"\n")

    def plain() -> int:
        return sum(1 for _ in baselines.export(member, query))

    assert ours() == plain() + 1
    print(json.dumps(vars(in_turn(lambda: seconds(ours), lambda: seconds(plain), pairs=EXPORT_PAIRS))))


def time_plain_tagging() -> None:
    """Print the seconds per voice of tagging by a loop."""
    print(seconds(lambda: baselines.tag_one_by_one(first_member(), PLAIN_TAGGED)) / PLAIN_TAGGED)


def time_plain_insert(count: int) -> None:
    """Print the seconds of inserting as many rows as a bulk change of so many voices has items."""
    print(seconds(lambda: baselines.insert_items(first_member(), count)))


def print_jobs() -> None:
    """Print the state of every job."""
    print(*CloneJob.objects.values_list("state", flat=True), sep="\n")


def print_key() -> None:
    """Print the bench's sandbox key, which opens nothing but the bench's own sandbox."""
    print(unseal(first_key()).reveal())


def print_sync() -> None:
    """Print seconds and counts of the last sync."""
    run = SyncRun.objects.latest("created_at")
    assert run.started_at
    assert run.ended_at
    seconds_taken = (run.ended_at - run.started_at).total_seconds()
    print(seconds_taken, run.added, run.changed, run.gone, run.unchanged)


def add_swap() -> None:
    """Queue the replacement of one voice by another in every agent of the key's account that names it."""
    add_voices(2)
    key, member = first_key(), first_member()
    old, new = Voice.objects.order_by("created_at")[:2]
    old.voice_id = "old-id"
    old.save(update_fields=["voice_id"])
    usage = agents_using(key, old, fresh=True)
    request_swap(member=member, old=old, new=new, agents=usage.agents, now=timezone.now())


def print_swap() -> None:
    """Print the seconds of the last swap from its start, null before its end, and how many agents it changed."""
    run = BulkRun.objects.get(verb=BulkVerb.SWAP)
    taken = (run.ended_at - run.started_at).total_seconds() if run.ended_at and run.started_at else None
    print(json.dumps({"seconds": taken, "done": run.items.filter(state=ItemState.DONE).count()}))


def delete_voices() -> None:
    """Empty the library."""
    Voice.objects.all().delete()


def time_counting() -> None:
    """Print how counting a request compares with the library page, beside the counts of 200 routes."""
    share_metrics(settings.METRICS_DIR, program="bench")
    for number in range(200):
        count_request(f"route-{number}", "GET", 200, 0.1)
    client = browser()

    def count() -> None:
        for _ in range(100):
            count_request("voices:library", "GET", 200, 0.1)

    pairs = in_turn(lambda: seconds(count) / 100, lambda: seconds(lambda: client.get("/")), pairs=30)
    print(json.dumps({"ratio": pairs.ratio, "note": f"{median(pairs.ours) * 1e6:.0f} µs, 30 pairs"}))


COMMANDS: tuple[Callable[..., None], ...] = (
    add_jobs,
    add_recordings,
    keep_writing,
    add_voices,
    add_mixed_voices,
    add_year,
    add_failed_job,
    count_dashboard_queries,
    print_queries,
    count_page_queries,
    print_token,
    count_api_queries,
    compare_pages,
    compare_counts,
    compare_exports,
    time_plain_tagging,
    time_plain_insert,
    print_jobs,
    print_key,
    print_sync,
    add_swap,
    print_swap,
    delete_voices,
    time_counting,
    activity_rows.add_entries,
    activity_rows.add_chain,
    activity_rows.compare_verification,
    activity_rows.compare_writing,
)

if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {one.__name__: one for one in COMMANDS}[command](*map(int, arguments))
