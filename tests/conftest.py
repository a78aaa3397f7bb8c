"""What every test gets: no network but loopback, the named cast, and only the databases that tell it something."""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import flush as flush_command
from django.db import connection
from django.test import SimpleTestCase
from django.test.utils import teardown_databases
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.base import Cast, make_cast
from tests.migrated import drop_template, make_test_databases
from voices.models import audit_triggers

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}
MADE_BY_MIGRATE = {"django_content_type", "auth_permission"}
# Run first, as one file stays in one process: what starts last is what the others wait for at the end.
LONG_FILES = (
    "browser/",
    "worker/test_job_machine.py",
    "sandbox/test_strangers.py",
    "test_serve.py",
    "web/test_access_matrix.py",
    "web/test_admin.py",
    "web/test_secrets.py",
    "faults/",
    "deploy/test_nginx.py",
    "upgrades/",
)
BROWSER_FILES = [
    f"tests/browser/{path.name}" for path in sorted(Path(__file__).parent.glob("browser/test_*.py"))
]


def _uses_database(item: pytest.Item) -> bool:
    case = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or (case is not None and issubclass(case, SimpleTestCase))
    )


def _runs_here(item: pytest.Item, vendor: str) -> bool:
    """Return False for a test of the other database, and on PostgreSQL for one that touches no database.

    A test without a database gives the same answer on both, and the programs that the browser tests start
    always have an SQLite file of their own: the run on SQLite has judged them.
    """
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[vendor]
    if item.get_closest_marker(f"{other}_only") is not None:
        return False
    if vendor == "sqlite":
        return True
    left_out = ("any_database", "browser")
    return _uses_database(item) and not any(item.get_closest_marker(name) for name in left_out)


def _rank(item: pytest.Item) -> int:
    path = item.nodeid.removeprefix("tests/")
    return next((rank for rank, name in enumerate(LONG_FILES) if path.startswith(name)), len(LONG_FILES))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what the configured database does not need to run, and put the longest files first."""
    vendor = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2].removesuffix("3")
    chosen = {item for item in items if _runs_here(item, vendor)}
    if left_out := [item for item in items if item not in chosen]:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted((item for item in items if item in chosen), key=_rank)


class Scheduling(LoadFileScheduling):
    """One file stays in one process. The browser's files do so in two halves, each with a running studio of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return f"browser {BROWSER_FILES.index(file) % 2}" if file in BROWSER_FILES else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Distribute the tests over the processes as `Scheduling` says."""
    return Scheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Fail a test that reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            local = address[0] == "localhost" or ipaddress.ip_address(address[0]).is_loopback
            assert local, f"a test connects to {address}"
        connect(self, address)  # type: ignore[arg-type]  # passed on as it came

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def quick_flush() -> Iterator[None]:
    """Let Django empty the tables after a test with transactions of its own, audit entries too, which refuse it.

    What `migrate` itself writes is kept: writing it again took four times as long as emptying the tables.
    """
    operations = type(connection.ops)
    flush, statements = operations.execute_sql_flush, operations.sql_flush

    def without_triggers(self: object, sql_list: list[str]) -> None:
        audit_triggers.drop(connection)
        flush(self, sql_list)
        audit_triggers.install(connection)

    def of_records(self: object, style: object, tables: list[str], **options: bool) -> list[str]:
        return statements(self, style, [name for name in tables if name not in MADE_BY_MIGRATE], **options)

    patch = pytest.MonkeyPatch()
    patch.setattr(operations, "execute_sql_flush", without_triggers)
    patch.setattr(operations, "sql_flush", of_records)
    patch.setattr(flush_command, "emit_post_migrate_signal", lambda *args, **options: None)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The test database, in place of pytest-django's fixture: it is migrated once for all processes."""
    with django_db_blocker.unblock():
        made = make_test_databases()
    yield
    with django_db_blocker.unblock():
        drop_template()
        teardown_databases(made, verbosity=0)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, in the test's database."""
    return make_cast()


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The cast, committed: other processes see it, and the module's tests share it. Everything is gone afterwards."""
    with django_db_blocker.unblock():
        yield make_cast()
        call_command("flush", interactive=False, verbosity=0)
