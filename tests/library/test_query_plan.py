"""The index knows what filters ask after every way of writing, and no database is tempted by another one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from tests.base import Cast
from tests.builders import make_voice
from tests.library.populated import asked, fill
from voices.library.orders import ORDERS
from voices.library.pages import library_page
from voices.library.search import ScanLimits, plans
from voices.library.search.query_plan import FetchAndSort, FilteredScan, IndexScan
from voices.models import Voice

CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"language": "cy", "language_tag": "cy"}, "language=cy"),
    ({"language": "cy", "language_tag": "cy-GB"}, "language=cy-GB"),
    ({"language": "", "language_tag": ""}, "language=none"),
    ({"provider": "Hume"}, "provider=Hume"),
    ({"provider": "x"}, "provider=x"),
    ({"provider": ""}, "provider=none"),
    ({"ownership": "public"}, "ownership=public"),
    ({"billing_style": "VOICE_BILLING_STYLE_EXTERNAL"}, "billing=VOICE_BILLING_STYLE_EXTERNAL"),
    ({"stage": "retired"}, "stage=retired"),
    ({"consent_state": "ended"}, "consent=ended"),
    ({"health": "failing"}, "health=failing"),
    ({"gone_at": datetime(2026, 1, 1, tzinfo=UTC)}, "gone=gone"),
    ({"added_by": None}, "owner=none"),
]


@pytest.mark.parametrize(("change", "query"), CHANGES, ids=[query for _, query in CHANGES])
def test_search_index_follows_changed_filter_columns(cast: Cast, change: dict[str, Any], query: str) -> None:
    voice = make_voice(cast.ada, name="Wilhelmina")
    make_voice(cast.ada, name="Another")
    for sort in ("newest", "name", "language"):
        assert library_page(cast.ada, filters=asked(f"{query}&sort={sort}")).voices == []
    Voice.objects.filter(pk=voice.pk).update(**change)
    for sort in ("newest", "name", "language"):
        found = library_page(cast.ada, filters=asked(f"{query}&sort={sort}")).voices
        assert [one.name for one in found] == ["Wilhelmina"]


@pytest.mark.parametrize("query", ["q=narrator", "language=de", "provider=Hume&stage=any", "owner=none&q=ed"])
def test_plan_for_few_matches_sorts_them_instead_of_scanning(cast: Cast, query: str) -> None:
    """Without statistics SQLite, and with them PostgreSQL, would rather read all names than sort a few voices."""
    fill(cast, count=30)
    filters = asked(f"{query}&sort=name")
    few = next(plan for plan in plans(cast.ada, filters) if isinstance(plan, FetchAndSort))
    sql, values = ORDERS["name"].after(few.voices, None, without_index=True).query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {sql}", values)
        plan = str(cursor.fetchall())
    assert "voices_by_name" not in plan
    if connection.vendor == "sqlite":
        assert "sqlite_autoindex_voices_voice_1 (id=?)" in plan


def test_plan_without_filters_is_an_index_scan(cast: Cast) -> None:
    assert [*plans(cast.ada, asked("sort=played"))] == [IndexScan()]


def test_plan_for_many_matches_scans_first_last_plan_is_total(cast: Cast) -> None:
    fill(cast, count=30)
    tried = [*plans(cast.ada, asked("q=e&language=en&sort=name"), ScanLimits(candidates=0))]
    assert isinstance(tried[0], IndexScan)
    assert isinstance(tried[-2], FilteredScan if connection.vendor == "sqlite" else FetchAndSort)
    assert tried[-1] == IndexScan()
