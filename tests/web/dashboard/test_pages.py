"""The dashboard's pages: who reads which team's, what they show and lead to, and how little they ask the database."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_job, make_key, make_sample, make_voice
from tests.library.dashboard.small_world import PERIOD, make_small_world
from voices.actions.checkup.worker import worker_problems
from voices.actions.workers import mark_alive
from voices.library.dashboard.registry import figures
from voices.models import Membership, State, User

DAYS = "from=2026-11-01&to=2026-11-03"
URL = f"/dashboard/?{DAYS}"


@pytest.fixture
def staff(cast: Cast) -> Client:
    """Nora, who is staff and in no team."""
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True)
    cast.nora.refresh_from_db()
    return cast.login(cast.nora)


def text(answer: HttpResponse) -> str:
    """The answer's text, with single spaces and without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_dashboard_is_for_admins_of_the_team(cast: Cast) -> None:
    codes = {
        who.user.name: cast.login(who).get("/dashboard/").status_code
        for who in (cast.ada, cast.ed, cast.vera, cast.sam)
    }
    assert codes == {"Ada": 200, "Ed": 403, "Vera": 403, "Sam": 200}
    for path in ("/dashboard/", "/dashboard/clones/", "/dashboard/plays.csv"):
        assert cast.login(cast.ada).get(path, {"team": str(cast.southwind.pk)}).status_code == 404
        assert cast.login(cast.ed).get(path).status_code == 403


def test_staff_choose_among_all_teams(cast: Cast, staff: Client) -> None:
    make_small_world(cast)
    first = text(staff.get("/dashboard/"))
    assert "Dashboard Northwind" in first
    page = staff.get(URL, {"team": str(cast.southwind.pk)} | dict(PERIOD.query)).content.decode()
    assert "Studio Southwind" in page
    assert "Studio Northwind" not in page
    # What lies behind opens only for members: the clones and the CSV are the dashboard's own.
    assert "/voices/" not in page
    assert f"/dashboard/clones/?from=2026-11-03&amp;to=2026-11-03&amp;team={cast.southwind.pk}" in page
    assert staff.get("/dashboard/", {"team": "x"}).status_code == 404
    assert staff.get("/dashboard/plays.csv", {"team": str(cast.southwind.pk)}).status_code == 200


def test_staff_see_no_buttons_that_they_may_not_press(cast: Cast) -> None:
    make_job(cast.ed, name="Broken", state=State.FAILED)
    User.objects.filter(pk=cast.vera.user.pk).update(is_staff=True)
    cast.vera.user.refresh_from_db()
    page = cast.login(cast.vera).get("/dashboard/").content.decode()
    assert "Broken" in page
    assert "/retry/" not in page


def test_page_shows_what_to_do_and_every_figure(cast: Cast) -> None:
    make_small_world(cast)
    job = make_job(cast.ed, name="Broken", state=State.FAILED, message="Too noisy.", problem="not_sent")
    page = cast.login(cast.ada).get(URL).content.decode()
    assert f'<form method="post" action="/clones/{job.pk}/retry/">' in page
    assert re.findall(r'<figure [^>]*id="([^"]+)"', page) == list(figures())
    assert page.count('<svg role="img"') == page.count('<details class="table"') == len(figures())
    for link in (
        "/?language=ja", "/?provider=Cartesia", "/?stage=retired", "/?owner=none",
        "/dashboard/clones/?outcome=failed&amp;reason=limit_reached&amp;from=2026-11-01&amp;to=2026-11-03",
        "/dashboard/plays.csv?from=2026-11-01&amp;to=2026-11-03",
    ):  # fmt: skip
        assert f'href="{link}"' in page, link


def test_period_by_htmx_is_the_figures_alone(cast: Cast) -> None:
    answer = cast.login(cast.ada).get("/dashboard/?period=7", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert page.lstrip().startswith('<section id="figures"')
    assert re.findall(r'value="(\w+)"\s+aria-pressed="true"', page) == ["7"]


def test_empty_team_is_told_calmly(cast: Cast) -> None:
    page = text(cast.login(cast.ada).get("/dashboard/"))
    assert "No clones ended in this period." in page
    assert "There are no voices yet." in page
    assert "Slots are counted every hour." in page


def test_page_asks_the_database_15_times_at_most(cast: Cast, staff: Client) -> None:
    make_small_world(cast)
    make_job(cast.ed, state=State.FAILED)
    make_key(cast.ed, state="refused")
    staff.get("/accounts/login/")
    counts = []
    for browser, url in ((staff, URL), (cast.login(cast.ada), "/dashboard/?period=12m")):
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        counts.append(len(queries))
    assert max(counts) <= 15, counts


@pytest.mark.parametrize(
    ("hours", "seen", "ended", "found"),
    [
        (1, "", "just now", "no worker is running"),
        (-1, " · 1 h ago", "1 h ago", "no worker has been seen for 60 min"),
    ],
)
def test_clock_an_hour_off_is_no_worker_until_one_writes(
    cast: Cast, hours: int, seen: str, ended: str, found: str
) -> None:
    now, ada = timezone.now(), cast.login(cast.ada)
    mark_alive(name="one", started_at=now, now=now + timedelta(hours=hours))
    # What was counted and what failed before the clock was set is an hour off too.
    make_job(
        cast.ed, name="Broken", state=State.FAILED, problem="not_sent", ended_at=now + timedelta(hours=hours)
    )
    page, problems = text(ada.get("/dashboard/")), list(worker_problems(now=now))  # as /readyz asks
    assert (
        f"whoever runs Voice Studio.{seen} Broken failed, started by Ed: Althea unreachable. {ended}" in page
    )
    assert [(one.sentence, one.stops_pages) for one in problems] == [(found, False)]
    mark_alive(name="one", started_at=now, now=now)
    assert "No worker" not in text(ada.get("/dashboard/"))
    assert list(worker_problems(now=now)) == []


def test_csv_is_the_figure_of_the_period(cast: Cast) -> None:
    make_small_world(cast)
    ada = cast.login(cast.ada)
    answer = ada.get(f"/dashboard/failures.csv?{DAYS}")
    assert answer["Content-Disposition"] == 'attachment; filename="failures-2026-11-01-2026-11-03.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == [
        '"Reason","Failed clones"', '"No free slot","4"', '"Refused by Althea","2"',
    ]  # fmt: skip
    assert ada.get("/dashboard/nothing.csv").status_code == 404


@pytest.fixture
def ended(cast: Cast) -> dict[str, Any]:
    """Clones of the team that ended today, and one of the other team."""
    now, common = timezone.now(), {"key": make_key(cast.ed), "sample": make_sample(cast.ed)}
    facts = {"ended_at": now, **common}
    make_job(cast.ed, name="Made", state=State.CREATED, **facts)
    make_job(cast.ed, name="Noisy", state=State.FAILED, problem="invalid", **facts)
    make_job(cast.ed, name="Full", state=State.FAILED, problem="limit_reached", **facts)
    make_job(cast.ed, name="Running", state=State.READY, **common)
    make_job(cast.sam, name="Foreign", state=State.FAILED, ended_at=now)
    return facts


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Made", "Noisy", "Full"}),
        ("outcome=created", {"Made"}),
        ("outcome=failed", {"Noisy", "Full"}),
        ("outcome=failed&reason=invalid", {"Noisy"}),
        ("outcome=nonsense&reason=invalid", {"Made", "Noisy", "Full"}),
        ("from=2020-01-01&to=2020-02-01", set()),
    ],
)
def test_list_of_clones_has_those_behind_a_bar(cast: Cast, query: str, names: set[str]) -> None:
    page = cast.login(cast.ada).get(f"/dashboard/clones/?{query}").content.decode()
    assert set(re.findall(r'/clones/[0-9a-f-]+/">(\w+)</a>', page)) == names


def test_list_of_clones_goes_on_where_it_ended(cast: Cast, ended: dict[str, Any]) -> None:
    for number in range(50):
        make_job(cast.ed, name=f"Clone {number}", state=State.CREATED, **ended)
    ada = cast.login(cast.ada)
    first = ada.get("/dashboard/clones/?outcome=created").content.decode()
    (more,) = set(re.findall(r'href="(\?[^"]*cursor=[^"]*)"', first))
    rest = ada.get("/dashboard/clones/" + more.replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert len(re.findall("<li hx-disable>", first)) == 50
    assert len(re.findall("<li hx-disable>", rest.content.decode())) == 1


def test_navigation_names_the_dashboard_for_admins(cast: Cast) -> None:
    shown = [
        b"/dashboard/" in cast.login(who).get("/keys/").content for who in (cast.ada, cast.ed, cast.vera)
    ]
    assert shown == [True, False, False]
    member = Membership.objects.get(pk=cast.vera.pk)
    User.objects.filter(pk=member.user_id).update(is_staff=True)
    assert b"/dashboard/" in cast.login(cast.vera).get("/keys/").content


def test_names_of_voices_and_teams_are_escaped(cast: Cast) -> None:
    world = make_small_world(cast)
    make_voice(cast.ed)
    world["Marlene"].name = "<b>x</b>"
    world["Marlene"].save(update_fields=["name"])
    page = cast.login(cast.ada).get(URL).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
