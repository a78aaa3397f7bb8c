"""A database that is locked, full or away: 503 or 507 in words, nothing lost, and all is well once it is back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.base import PASSWORD, Cast, make_cast
from tests.builders import make_voice
from tests.faults.answers import detail
from tests.faults.locks import write_lock
from tests.faults.sockets import Wire
from voices.actions.organise.annotations import note_digest
from voices.apps import wait_for_locks
from voices.models import Voice
from voices.web.unavailable import BUSY, DISK_FULL, outage_of

LOGIN = "/accounts/login/"
SENTENCE = "Nothing was lost; try again in a moment."


@contextmanager
def locked() -> Iterator[None]:
    """Another program writes, and does not end. We wait for it shortly, as no test needs the 3 s of life."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50")
    with write_lock():
        yield


@contextmanager
def full() -> Iterator[None]:
    """The database's disk has no room for another page."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (content BLOB)")
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count={pages}")
        # Pages that deleted rows have left would still take some.
        with pytest.raises(OperationalError, match="full"):
            while True:
                cursor.execute("INSERT INTO filler VALUES (randomblob(100000))")
        with pytest.raises(OperationalError, match="full"):
            while True:
                cursor.execute("INSERT INTO filler VALUES (randomblob(900))")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count=1000000000")
            cursor.execute("DROP TABLE filler")


@pytest.fixture
def studio(transactional_db: None) -> Cast:
    cache.clear()
    return make_cast()


def browser(cast: Cast) -> Client:
    """Ed's browser, which is shown what people are shown."""
    client = cast.login(cast.ed)
    client.raise_request_exception = False
    return client


def note(text: str) -> dict[str, str]:
    """The form with which a voice without a note gets one."""
    return {"note": text, "seen": note_digest("")}


def log_in() -> Any:
    client = Client(raise_request_exception=False)
    return client.post(LOGIN, {"login": "ed@example.com", "password": PASSWORD})


def test_pages_wait_less_than_five_seconds_for_the_database() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    waits = (
        [options["timeout"]]
        if "timeout" in options
        else [options["pool"]["timeout"], options["connect_timeout"]]
    )
    assert max(waits) <= 3


@pytest.mark.sqlite_only
def test_locked_database_is_busy_and_loses_nothing(studio: Cast) -> None:
    voice, ed = make_voice(studio.ed), browser(studio)
    with locked():
        answer = ed.post(f"/voices/{voice.pk}/notes/", note("Warm."))
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert SENTENCE in answer.content.decode()
        assert ed.get(f"/voices/{voice.pk}/").status_code == 200
    assert Voice.objects.get().notes == ""
    assert ed.post(f"/voices/{voice.pk}/notes/", note("Warm.")).status_code == 303
    assert Voice.objects.get().notes == "Warm."


@pytest.mark.sqlite_only
def test_login_on_a_locked_database_is_busy_not_too_many(studio: Cast) -> None:
    with locked():
        answer = log_in()
    assert answer.status_code == 503
    assert SENTENCE in answer.content.decode()
    assert log_in().status_code == 302


@pytest.mark.sqlite_only
def test_readiness_is_red_while_the_database_is_locked(studio: Cast, client: Client) -> None:
    with locked():
        answer = client.get("/readyz")
    assert (answer.status_code, detail(answer, "database")) == (
        503,
        "the database does not respond or cannot be written to",
    )
    assert detail(answer, "worker") == "not checked: the database does not respond"
    assert client.get("/readyz").status_code == 200


def test_readiness_looks_at_no_session(cast: Cast) -> None:
    ada = cast.login(cast.ada)
    with CaptureQueriesContext(connection) as queries:
        assert ada.get("/readyz").status_code == 200
    assert [query["sql"] for query in queries if "django_session" in query["sql"]] == []


@pytest.mark.sqlite_only
def test_full_database_says_so_and_keeps_nothing_half(studio: Cast) -> None:
    voices, ed = [make_voice(studio.ed, name=f"Voice {number}") for number in range(12)], browser(studio)
    with full():
        answers = {voice: ed.post(f"/voices/{voice.pk}/notes/", note("Warm. " * 300)) for voice in voices}
    refused = {voice.pk for voice, answer in answers.items() if answer.status_code == 507}
    assert refused
    assert {answer.status_code for answer in answers.values()} <= {303, 507}
    assert "no disk space left" in answers[voices[-1]].content.decode()
    assert set(Voice.objects.filter(notes="").values_list("pk", flat=True)) == refused


@pytest.mark.sqlite_only
def test_cache_on_a_full_disk_does_not_claim_the_key_was_there(studio: Cast) -> None:
    with full(), pytest.raises(OperationalError) as caught:
        cache.add("key", "x" * 100_000)
    assert outage_of(caught.value) is DISK_FULL
    assert (cache.add("key", 1), cache.add("key", 2), cache.get("key")) == (True, False, 1)


class Caused(OperationalError):
    """An error of Django with the driver's behind it."""

    def __init__(self, **facts: Any) -> None:
        super().__init__("?")
        self.__cause__ = type("DriverError", (Exception,), facts)()


@pytest.mark.parametrize(
    ("problem", "outage"),
    [
        (Caused(sqlite_errorcode=5), BUSY),
        (Caused(sqlite_errorcode=261), BUSY),  # SQLITE_BUSY_RECOVERY: a kind of 5
        (Caused(sqlite_errorcode=14), BUSY),  # the file cannot be opened
        (Caused(sqlite_errorcode=13), DISK_FULL),
        (Caused(sqlite_errorcode=1), None),  # no such column: our own fault
        (Caused(sqlstate=None), BUSY),  # no connection
        (Caused(sqlstate="57P01"), BUSY),  # the server is stopped
        (Caused(sqlstate="53100"), DISK_FULL),
        (InterfaceError("connection already closed"), BUSY),
        (OSError(28, "No space left on device"), DISK_FULL),
        (PermissionError(13, "Permission denied"), None),
        (ZeroDivisionError(), None),
        (None, None),
    ],
)
def test_outages_are_told_from_our_own_errors(problem: BaseException | None, outage: object) -> None:
    assert outage_of(problem) is outage


# --- PostgreSQL behind a wire that can be cut ---


@pytest.fixture
def wire(db: None) -> Iterator[tuple[Wire, list[Any]]]:
    """A wire to the tests' server, and six connections by a pool of their own that leads over it."""
    given = connection.settings_dict
    wire = Wire((given["HOST"], int(given["PORT"])))
    connections = [connection.copy(alias="wired") for _ in range(6)]
    for one in connections:
        one.settings_dict |= {"HOST": "127.0.0.1", "PORT": str(wire.port)}
        one.settings_dict["OPTIONS"]["pool"] |= {"timeout": 2, "reconnect_timeout": 2}
        one.ensure_connection()
    yield wire, connections
    for one in connections:
        one.close()
    connections[0].close_pool()
    wire.cut()


def answers(one: Any) -> bool:
    with one.cursor() as cursor:
        return bool(cursor.execute("SELECT 1").fetchone() == (1,))


@pytest.mark.postgresql_only
def test_first_query_after_a_restart_is_answered(wire: tuple[Wire, list[Any]]) -> None:
    cable, connections = wire
    for one in connections:
        one.close()  # back into the pool
    cable.cut_connections()
    assert answers(connections[0])


@pytest.mark.postgresql_only
def test_first_query_after_an_outage_is_answered(wire: tuple[Wire, list[Any]]) -> None:
    cable, connections = wire
    cable.cut()
    for one in connections:
        one.close()
    with pytest.raises(OperationalError) as caught:
        answers(connections[0])
    assert outage_of(caught.value) is BUSY
    cable.mend()
    assert answers(connections[1])


@pytest.mark.postgresql_only
def test_pages_wait_shortly_for_a_row_and_migrations_do_not(db: None) -> None:
    bare = connection.copy()
    bare.settings_dict["OPTIONS"].pop("pool")
    with bare.cursor() as cursor:
        assert cursor.execute("SHOW lock_timeout").fetchone() == ("3s",)
    bare.close()
    wait_for_locks(using="default")
    with connection.cursor() as cursor:
        assert cursor.execute("SHOW lock_timeout").fetchone() == ("0",)
