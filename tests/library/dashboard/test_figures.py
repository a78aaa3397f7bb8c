"""Each figure of the dashboard against a small world that was counted by hand."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.base import Cast
from tests.library.dashboard.small_world import (
    PERIOD,
    THIRD,
    make_small_world,
    reading_of,
    rows_of,
)
from voices.library.dashboard.figures.base import Row, ranked
from voices.library.dashboard.figures.clone_times import seconds_text
from voices.library.dashboard.figures.storage import bytes_text
from voices.library.dashboard.links import Link
from voices.library.dashboard.registry import figures
from voices.library.dashboard.table import as_csv
from voices.models import DailyPlays, Membership, Team, Voice

DAYS = ["1 Nov", "2 Nov", "3 Nov"]


@pytest.fixture
def ada(cast: Cast) -> Membership:
    make_small_world(cast)
    return cast.ada


def test_clones_are_counted_by_day_and_outcome(ada: Membership) -> None:
    content = figures()["clones"].read(reading_of(ada))
    assert [row.values for row in content.rows] == [(3, 1, 0), (0, 0, 0), (1, 5, 1)]
    assert [row.label for row in content.rows] == DAYS
    # 11 ended; of the 10 that were sent, 4 were created.
    assert (content.headline, content.note) == ("11", "ended, 40% of those sent were created")
    day = (("from", "2026-11-03"), ("to", "2026-11-03"))
    assert content.rows[2].link == Link("voices:dashboard-clones", day)
    whole = (("outcome", "failed"), ("from", "2026-11-01"), ("to", "2026-11-03"))
    assert content.series[1].link == Link("voices:dashboard-clones", whole)


def test_times_show_median_and_95th_percentile(ada: Membership) -> None:
    rows = rows_of(ada, "clone-times")
    assert rows[0] == ("1 Nov", (pytest.approx(10, rel=0.05), pytest.approx(60, rel=0.05)))
    assert rows[1] == ("2 Nov", (None, None))
    assert rows[2] == ("3 Nov", (pytest.approx(100, rel=0.05),) * 2)
    assert "95% within 1." in figures()["clone-times"].read(reading_of(ada)).note


def test_failures_are_ranked_by_reason(ada: Membership) -> None:
    assert rows_of(ada, "failures") == [("No free slot", (4,)), ("Refused by Althea", (2,))]
    link = figures()["failures"].read(reading_of(ada)).rows[0].link
    assert link is not None
    assert link.query[:2] == (("outcome", "failed"), ("reason", "limit_reached"))


def test_voices_are_counted_as_the_library_lists_them(ada: Membership) -> None:
    assert rows_of(ada, "languages") == [("English", (2,)), ("Japanese", (1,)), ("Not given", (1,))]
    assert rows_of(ada, "providers") == [("ElevenLabs", (2,)), ("Cartesia", (1,)), ("Not given", (1,))]
    assert rows_of(ada, "stages") == [("Draft", (3,)), ("Approved", (1,)), ("Retired", (1,))]
    assert rows_of(ada, "owners") == [("Ada", (3,)), ("Not given", (1,))]
    links = [
        row.link for name in ("languages", "owners") for row in figures()[name].read(reading_of(ada)).rows
    ]
    queries = [link.query for link in links if link]
    assert queries == [
        (("language", "en"),), (("language", "ja"),), (("language", "none"),),
        (("owner", str(ada.user_id)),), (("owner", "none"),),
    ]  # fmt: skip


def test_slots_are_the_last_count_of_each_day(ada: Membership) -> None:
    content = figures()["slots"].read(reading_of(ada))
    assert [row.values for row in content.rows] == [(3,), (None,), (9,)]
    assert [one.label for one in content.series] == ["Studio Northwind (of 10)"]
    assert (content.headline, content.note) == ("9", "of 10 slots used")


def test_plays_rank_the_voices_of_the_period(ada: Membership) -> None:
    assert rows_of(ada, "plays") == [("Marlene", (5,)), ("Sora", (2,))]
    DailyPlays.objects.filter(day=THIRD).delete()
    assert rows_of(ada, "plays")[0] == ("Marlene", (4,))


def test_calls_rank_the_voices_of_the_period(ada: Membership) -> None:
    assert rows_of(ada, "calls") == [("Sora", (40,)), ("Otto", (7,))]
    content = figures()["calls"].read(reading_of(ada))
    assert (content.headline, content.note) == ("47", "calls of these voices")
    assert content.rows[0].link == Link(
        "voices:voice", args=(Voice.objects.of_team(ada.team).get(name="Sora").pk,)
    )


def test_storage_shows_recordings_and_previews(ada: Membership) -> None:
    content = figures()["storage"].read(reading_of(ada))
    assert [row.values for row in content.rows] == [(None, None), (2_000_000, 500_000), (None, None)]
    assert content.headline == "2.5 MB"


def test_every_figure_is_one_query(ada: Membership) -> None:
    asked = {}
    for name, figure in figures().items():
        with CaptureQueriesContext(connection) as queries:
            figure.read(reading_of(ada))
        asked[name] = len(queries)
    # The first of the four figures of voices reads for all of them, and the names of the owners.
    assert asked.pop("languages") == 2
    assert {name: count for name, count in asked.items() if count > 1} == {}


def test_figures_show_nothing_of_another_team(cast: Cast) -> None:
    make_small_world(cast)
    cast.ada.team = Team.objects.create(name="Westwind")
    assert [name for name, one in figures().items() if not one.read(reading_of(cast.ada)).is_empty] == []


def test_csv_has_plain_numbers_and_no_formulas(cast: Cast) -> None:
    world = make_small_world(cast)
    world["Marlene"].name = "=1+1"
    world["Marlene"].save(update_fields=["name"])
    plays, slots = figures()["plays"], figures()["slots"]
    assert as_csv(plays, plays.read(reading_of(cast.ada)), PERIOD) == (
        '\N{ZERO WIDTH NO-BREAK SPACE}"Voice","Plays"\r\n"\'=1+1","5"\r\n"Sora","2"\r\n'
    )
    lines = as_csv(slots, slots.read(reading_of(cast.ada)), PERIOD).splitlines()
    assert lines[1:] == ['"2026-11-01","3"', '"2026-11-02",""', '"2026-11-03","9"']


def test_ranking_sums_up_what_is_beyond_the_first_8() -> None:
    bars = [Row(f"{number:02}", (number,)) for number in range(1, 13)]
    found = ranked(bars, others=lambda count: f"{count} others")
    assert [row.values[0] for row in found] == [12, 11, 10, 9, 8, 7, 6, 5, 1 + 2 + 3 + 4]
    assert found[-1].label == "4 others"
    assert ranked(bars[:9], others=lambda count: f"{count} others")[-1].label == "01"


def test_values_are_written_with_their_units() -> None:
    assert [seconds_text(value) for value in (4.24, 18.4, 90, 4_000)] == ["4.2 s", "18 s", "1.5 min", "1.1 h"]
    assert [bytes_text(value) for value in (0, 900, 1_450_000, 240e9)] == [
        "0 B",
        "900 B",
        "1.4 MB",
        "240 GB",
    ]
