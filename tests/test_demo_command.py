"""`manage.py demo`: a library that looks like a team's, made through the sandbox's API, every preview playable."""

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_account, make_key, make_sample, make_voice
from tests.sandbox.live import free_port
from voices.actions.figures.recount import differences
from voices.library.dashboard.contents import figures_of, items_of
from voices.library.dashboard.period import parse_period
from voices.library.dashboard.reading import Reading
from voices.management.demo.people import DemoTeam
from voices.management.demo.plan import plan_voices
from voices.management.demo.upstream import DemoCalls
from voices.management.demo.year import add_year
from voices.models import (
    Alias,
    AuditEntry,
    CloneJob,
    DailyClones,
    Favourite,
    Membership,
    PreviewFile,
    PreviewState,
    Sample,
    SavedView,
    Tag,
    Team,
    Voice,
)

COUNT = 60


@pytest.fixture
def alone(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No sandbox runs, so the command starts one for itself."""
    port = free_port()
    settings.SANDBOX, settings.SANDBOX_PORT, settings.SANDBOX_URL = True, port, f"http://127.0.0.1:{port}"
    settings.DATA_DIR = tmp_path_factory.mktemp("demo")


def test_demo_voices_are_plausible_and_deterministic() -> None:
    parts = plan_voices(500, people=6, accounts=2)
    assert parts == plan_voices(500, people=6, accounts=2)
    assert len({part.name for part in parts}) == 500
    assert max(len(part.name) for part in parts) <= 40
    assert len({part.language.partition("-")[0] for part in parts}) >= 25
    assert Counter(part.stage for part in parts).keys() == {"draft", "approved", "retired"}
    assert len({next(iter(part.definition)) for part in parts}) == 6


@pytest.mark.usefixtures("alone")
def test_demo_command_fills_the_library_like_a_teams(cast: Cast) -> None:
    said, team = io.StringIO(), cast.northwind
    call_command("demo", team="Northwind", voices=COUNT, year=True, stdout=said)
    voices = Voice.objects.filter(team=team)
    assert voices.count() == COUNT
    assert f"Northwind has {COUNT} new voices in 26 languages" in said.getvalue()
    ready = PreviewFile.objects.filter(voice__team=team, state=PreviewState.READY)
    assert ready.exclude(file="").exclude(size_bytes=0).count() == COUNT
    assert not Voice.objects.of_team(cast.southwind).exists()
    assert CloneJob.objects.filter(team=team, voice__sample__isnull=False).count() == COUNT // 20
    assert not Sample.objects.filter(team=team, report=None).exists()
    assert voices.exclude(gone_at=None).count() == 3
    check_order(cast)
    assert len(AuditEntry.objects.filter(team=team, verb="voice.adopted").dates("at", "day")) > 10
    check_year(cast)
    check_not_twice()


def check_order(cast: Cast) -> None:
    """People who cannot log in, tags, favourites, aliases and shared views are there."""
    people = Membership.objects.filter(team=cast.northwind, user__email__endswith="@demo.invalid")
    assert people.count() == 5
    assert not any(one.user.has_usable_password() for one in people)
    used = Tag.objects.filter(team=cast.northwind).annotate(used=Count("voices")).filter(used__gt=0)
    assert used.count() > 10
    for model in (
        Favourite.objects.filter(voice__team=cast.northwind),
        Alias.objects.filter(team=cast.northwind),
    ):
        assert model.exists()
    assert SavedView.objects.filter(team=cast.northwind, is_shared=True).exists()


def check_year(cast: Cast) -> None:
    """Every figure of the dashboard has something to show, and the counts equal the clones."""
    cast.ada.team.refresh_from_db()
    now = timezone.now()
    reading = Reading(cast.ada, parse_period({"period": "12m"}, today=now.date()), now)
    assert [one.name for one, content in figures_of(reading) if content.is_empty] == []
    assert {"Retry", "Sync now", "See its voices"} <= {
        one.action.label for one in items_of(reading) if one.action
    }
    assert DailyClones.objects.aggregate(all=Sum("count"))["all"] > 1_000
    assert not differences(now=timezone.now())


def check_not_twice() -> None:
    """A second demo in the same team would double its people."""
    with pytest.raises(CommandError, match="already has the demo"):
        call_command("demo", team="Northwind")


def test_year_of_the_demo_never_writes_for_long(cast: Cast) -> None:
    account, sample = make_account(), make_sample(cast.ed)
    voice = make_voice(cast.ed, account=account)
    people = [cast.ada, cast.ed, cast.vera]
    demo = DemoTeam(cast.northwind, people, [make_key(cast.ed, account=account)], [])
    statements: Counter[Any] = Counter()  # of each transaction
    outside = len(connection.savepoint_ids)

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        transactions = connection.savepoint_ids[outside:]
        if sql.startswith(("INSERT", "UPDATE")):
            statements[transactions[0] if transactions else len(statements)] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        count = add_year(demo, [DemoCalls(voice.voice_id, 3, 7)], now=timezone.now())
    assert count == CloneJob.objects.filter(sample=sample).count() > 1_000
    assert AuditEntry.objects.filter(verb="clone.submitted").count() == count
    assert not differences(now=timezone.now())
    assert max(statements.values()) <= 250


@pytest.mark.usefixtures("alone")
def test_demo_command_needs_a_team_and_the_sandbox(cast: Cast, settings: Settings) -> None:
    with pytest.raises(CommandError, match="no team named Nowhere"):
        call_command("demo", team="Nowhere")
    with pytest.raises(CommandError, match="between 1 and"):
        call_command("demo", team="Southwind", voices=0)
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox, which is off"):
        call_command("demo", team="Southwind")


@pytest.mark.django_db
@pytest.mark.usefixtures("alone")
def test_demo_command_asks_for_setup_on_an_empty_studio() -> None:
    assert not Team.objects.exists()
    with pytest.raises(CommandError, match=r"manage\.py setup"):
        call_command("demo")
