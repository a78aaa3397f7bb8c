"""`manage.py demo`: a library that looks like a team's, made through the sandbox's API, every preview playable."""

import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.sandbox.live import free_port
from voices.management.demo.cast import believable
from voices.models import (
    Alias,
    AuditEntry,
    CloneJob,
    Favourite,
    Membership,
    PreviewFile,
    PreviewState,
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


def test_the_cast_is_believable_and_the_same_every_time() -> None:
    parts = believable(500, people=6, accounts=2)
    assert parts == believable(500, people=6, accounts=2)
    assert len({part.name for part in parts}) == 500
    assert max(len(part.name) for part in parts) <= 40
    assert len({part.language.partition("-")[0] for part in parts}) >= 25
    assert Counter(part.stage for part in parts).keys() == {"draft", "approved", "retired"}
    assert len({next(iter(part.definition)) for part in parts}) == 6


@pytest.mark.usefixtures("alone")
def test_the_library_is_filled_and_every_preview_plays(cast: Cast) -> None:
    said = io.StringIO()
    call_command("demo", team="Northwind", voices=COUNT, stdout=said)
    voices = Voice.objects.of_team(cast.northwind)
    assert voices.count() == COUNT
    assert f"Northwind has {COUNT} new voices in 26 languages" in said.getvalue()
    ready = PreviewFile.objects.filter(voice__team=cast.northwind, state=PreviewState.READY)
    assert ready.exclude(file="").exclude(size_bytes=0).count() == COUNT
    assert not Voice.objects.of_team(cast.southwind).exists()


@pytest.mark.usefixtures("alone")
def test_it_has_people_tags_favourites_aliases_views_clones_and_a_past(cast: Cast) -> None:
    call_command("demo", team="Northwind", voices=COUNT, stdout=io.StringIO())
    team = cast.northwind
    assert Membership.objects.filter(team=team, user__email__endswith="@demo.invalid").count() == 5
    assert not any(
        one.user.has_usable_password()
        for one in Membership.objects.filter(team=team, user__email__endswith="@demo.invalid")
    )
    assert Tag.objects.filter(team=team).annotate(used=Count("voices")).filter(used__gt=0).count() > 10
    assert Favourite.objects.filter(voice__team=team).exists()
    assert Alias.objects.filter(team=team).exists()
    assert SavedView.objects.filter(team=team, is_shared=True).exists()
    assert CloneJob.objects.filter(team=team, voice__sample__isnull=False).count() == 24
    assert Voice.objects.filter(team=team).exclude(gone_at=None).count() == 3
    ages = AuditEntry.objects.filter(team=team, verb="voice.cloned").dates("at", "day")
    assert len(ages) > 3


@pytest.mark.usefixtures("alone")
def test_it_is_not_made_twice_nor_without_a_team_nor_without_the_sandbox(
    cast: Cast, settings: Settings
) -> None:
    call_command("demo", team="Northwind", voices=30, stdout=io.StringIO())
    for team, told in [("Northwind", "has the demo already"), ("Nowhere", "no team named Nowhere")]:
        with pytest.raises(CommandError, match=told):
            call_command("demo", team=team)
    with pytest.raises(CommandError, match="between 1 and"):
        call_command("demo", team="Southwind", voices=0)
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox, which is off"):
        call_command("demo", team="Southwind")


@pytest.mark.django_db
@pytest.mark.usefixtures("alone")
def test_an_empty_studio_is_told_to_set_up_first() -> None:
    assert not Team.objects.exists()
    with pytest.raises(CommandError, match=r"manage\.py setup"):
        call_command("demo")
