"""/readyz: what each check has found, as JSON, in about two seconds whatever hangs."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.base import make_cast
from tests.faults.answers import detail
from tests.faults.sockets import hanging
from voices.actions.checkup import Check, Problem
from voices.actions.workers import mark_alive
from voices.web.readiness import findings

GOOD = [
    {"name": name, "ok": True, "detail": ""}
    for name in ("database", "migrations", "encryption key", "storage")
]


@pytest.mark.django_db(transaction=True)
def test_readiness_is_ready_with_a_worker_and_degraded_without(client: Client) -> None:
    make_cast()
    now = timezone.now()
    mark_alive(name="one", started_at=now, now=now - timedelta(seconds=5))
    answer = client.get("/readyz")
    worker = {"name": "worker", "ok": True, "detail": ""}
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": [*GOOD, worker]})
    mark_alive(name="one", started_at=now, now=now - timedelta(seconds=120))
    answer = client.get("/readyz")
    worker = {"name": "worker", "ok": False, "detail": "no worker has been seen for 2 min"}
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "checks": [*GOOD, worker]})


def test_check_that_hangs_is_late_and_holds_up_nothing(db: None) -> None:
    released = Event()

    def hang() -> Iterable[Problem]:
        released.wait()
        yield from ()

    hanging = Check(name="disk", problems=hang, is_probed=True)
    good = Check(name="database", problems=lambda: (), is_probed=True, uses_database=True)
    unasked = Check(name="slow", problems=hang)
    try:
        found = {one.check.name: (one.detail, one.stops_pages) for one in findings([good, hanging, unasked])}
    finally:
        released.set()
    assert found == {"database": ("", False), "disk": ("no answer in time", True)}


@contextmanager
def hung_database() -> Iterator[None]:
    """New connections to PostgreSQL lead to a server that says nothing."""
    usual = connection.settings_dict
    with hanging() as port:
        connection.settings_dict = usual | {"HOST": "127.0.0.1", "PORT": port}
        try:
            yield
        finally:
            connection.settings_dict = usual


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_readiness_says_in_time_that_postgresql_hangs(client: Client) -> None:
    with hung_database():
        began = time.monotonic()
        answer = client.get("/readyz")
        took = time.monotonic() - began
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert detail(answer, "database") == "the database does not respond or cannot be written to"
    assert detail(answer, "worker") == "not checked: the database does not respond"
    assert took < 10  # 2 s and what a busy machine adds; a page would wait for longer
    assert client.get("/readyz").status_code == 200
