"""/metrics: for who has its token, with nothing in it that names a team, a person or a record."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from tests.base import Cast, make_cast
from tests.builders import SECRET, make_account, make_job, make_key, make_preview, make_sample, make_voice
from tests.faults.test_database_away import locked
from tests.sandbox.live import LiveSandbox
from tests.web.routes import NOWHERE, make_world
from tests.web.test_readiness import hung_database
from tests.worker.running import work_until_idle
from voices.actions.workers import mark_alive
from voices.kit.metrics import COUNTED
from voices.models import PreviewFile, State, SyncRun, SyncState

TOKEN = "t" * 32
ASKS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def read(client: Client) -> dict[tuple[str, ...], float]:
    """Name and labels of every sample, with its value."""
    answer = client.get("/metrics", headers=ASKS)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (one.name.removeprefix("voicestudio_"), *(one.labels[name] for name in sorted(one.labels))): one.value
        for family in families
        for one in family.samples
    }


def test_metrics_are_not_there_without_a_token(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, ASKS):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer ü"]
)
def test_metrics_need_the_token(client: Client, token: str, header: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["WWW-Authenticate"], answer.content) == (401, "Bearer", b"")


def sync(cast: Cast, account: Any, state: str, hours: float) -> None:
    ended = timezone.now() - timedelta(hours=hours)
    SyncRun.objects.create(
        team=cast.northwind, account=account, state=state, due_at=ended, ended_at=ended, created_at=ended
    )


@pytest.mark.django_db(transaction=True)
def test_metrics_say_how_the_studio_does(client: Client, token: str) -> None:
    cast, now = make_cast(), timezone.now()
    cache.delete("metrics:file-sizes")  # on PostgreSQL it is written outside of the test's transaction
    key, sample = make_key(cast.ed), make_sample(cast.ed)
    for name, minutes, state in (("A", 5, State.READY), ("B", -5, State.WAITING), ("C", 9, State.FAILED)):
        make_job(
            cast.ed, key=key, sample=sample, name=name, state=state, due_at=now - timedelta(minutes=minutes)
        )
    make_preview(make_voice(cast.ed, account=key.account))
    mark_alive(name="killed", started_at=now, now=now - timedelta(minutes=9))
    mark_alive(name="alive", started_at=now, now=now - timedelta(seconds=20))
    sync(cast, key.account, SyncState.DONE, 3)
    sync(cast, key.account, SyncState.FAILED, 1)
    sync(cast, make_account(account_id="left"), SyncState.FAILED, 99)  # of which nobody has a key any more
    found = read(client)
    assert {one: value for one, value in found.items() if one[0] == "jobs"} == {
        ("jobs", "CloneJob", "ready"): 1,
        ("jobs", "CloneJob", "waiting"): 1,
    }
    assert found["queue_age_seconds", "CloneJob"] == pytest.approx(300, abs=30)
    assert found["queue_age_seconds", "BulkRun"] == 0
    assert found[("workers",)] == 1
    assert found[("worker_silence_seconds",)] == pytest.approx(20, abs=30)
    assert found[("sync_age_seconds",)] == pytest.approx(3 * 3_600, abs=30)
    assert found[("failing_syncs",)] == 1
    assert found[("database_up",)] == 1
    assert found[("database_bytes",)] > 100_000
    assert found["file_bytes", "recordings"] == sample.size_bytes
    assert found["file_bytes", "previews"] == PreviewFile.objects.get().size_bytes
    assert found[("disk_free_bytes",)] > 0


def test_requests_are_counted_by_route_and_not_by_address(cast: Cast, token: str) -> None:
    ada, before = cast.login(cast.ada), read(Client())
    for path in ("/", "/?q=secret", f"/voices/{make_voice(cast.ed).pk}/", "/voices/no-such/"):
        ada.get(path)
    ada.generic("BREW", "/")
    after = read(Client())
    counted = {one: after[one] - before.get(one, 0) for one in after if one[0] == "requests_total"}
    assert {one[1:]: value for one, value in counted.items() if value} == {
        ("GET", "voices:library", "2xx"): 2,
        ("other", "voices:library", "4xx"): 1,
        ("GET", "voices:voice", "2xx"): 1,
        ("GET", "none", "4xx"): 1,
        ("GET", "voices:metrics", "2xx"): 1,
    }
    timed = ("request_seconds_count", "voices:library")
    assert after[timed] - before.get(timed, 0) == 3


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_metrics_are_there_while_the_database_is_locked(client: Client, token: str) -> None:
    with locked():
        assert read(client)[("database_up",)] == 1  # it can be read


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_metrics_say_that_the_database_is_away(client: Client, token: str) -> None:
    assert read(client)[("database_up",)] == 1
    with hung_database():
        found = read(client)
    assert found[("database_up",)] == 0
    assert "workers" not in {name for name, *_ in found}


def counted(**labels: str) -> float:
    return COUNTED.get_sample_value(f"voicestudio_{labels.pop('name')}", labels) or 0.0


@pytest.mark.django_db(transaction=True)
def test_worker_counts_its_jobs_calls_and_children(sandbox: LiveSandbox) -> None:
    cast = make_cast()
    make_job(cast.ed, key=make_key(cast.ed, secret=sandbox.key()))
    refused = sandbox.key()
    sandbox.revoke(refused)
    make_job(cast.ed, key=make_key(cast.ed, secret=refused), name="Refused")
    kinds = [
        {"name": "jobs_ended_total", "kind": "CloneJob", "state": "created"},
        {"name": "jobs_ended_total", "kind": "CloneJob", "state": "failed"},
        {"name": "jobs_ended_total", "kind": "PreviewFile", "state": "ready"},
        {"name": "althea_calls_total", "operation": "POST voices", "outcome": "ok"},
        {"name": "althea_calls_total", "operation": "GET account", "outcome": "key_refused"},
        {"name": "althea_seconds_count", "operation": "GET preview"},
        {"name": "children_total", "job": "peaks_main", "end": "0"},
    ]
    before = [counted(**kind) for kind in kinds]
    async_to_sync(work_until_idle)()
    assert [counted(**kind) - was for kind, was in zip(kinds, before, strict=True)] == [1] * len(kinds)


def test_metrics_name_nobody_and_nothing(cast: Cast, token: str, settings: Settings) -> None:
    settings.SANDBOX_URL = settings.ALTHEA_URL = NOWHERE
    world = make_world(cast)
    for role in ("anon", "editor"):
        for name in ("voices:library", "voices:voice", "voices:speak", "voices:join", "voices:key-test"):
            world.browser(role).get(world.url(name))
    text = Client().get("/metrics", headers=ASKS).content.decode()
    hidden = [
        SECRET, TOKEN, world.link.reveal(), world.invited.reveal(), str(world.voice.pk), world.voice.name,
        "Northwind", "example.com", str(world.key.pk),
    ]  # fmt: skip
    assert [one for one in hidden if one in text] == []
