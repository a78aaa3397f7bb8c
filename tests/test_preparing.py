"""`prepare`, `web`, `worker` and `healthy`: the programs that run apart from each other where `serve` is not used."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from voices.actions.workers import mark_alive
from voices.management.bootstrap import one_host_at_a_time, require_prepared

WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


@pytest.mark.django_db
def test_a_database_of_an_older_version_is_refused() -> None:
    require_prepared()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    for program in ("web", "worker"):
        with pytest.raises(ImproperlyConfigured, match="not ready for this version"):
            call_command(program)


@pytest.mark.django_db
def test_a_worker_is_healthy_for_a_minute() -> None:
    now = timezone.now()
    with pytest.raises(CommandError, match="No worker on this machine responds"):
        call_command("healthy", "worker")
    mark_alive(name="one", started_at=now, now=now - timedelta(seconds=61))
    with pytest.raises(CommandError):
        call_command("healthy", "worker")
    mark_alive(name="one", started_at=now, now=now - timedelta(seconds=30))
    call_command("healthy", "worker")


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_one_host_at_a_time_prepares() -> None:
    """The second one waits, whatever limit pages have for that."""
    order: list[str] = []

    def prepare_too() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 1")
        with one_host_at_a_time():
            order.append("second")
        connections.close_all()

    with ThreadPoolExecutor(1) as other, connection.cursor() as cursor:
        with one_host_at_a_time():
            waiting = other.submit(prepare_too)
            while not cursor.execute(WAITING).fetchone()[0]:
                pass
            order.append("first")
        waiting.result(60)
    assert order == ["first", "second"]
