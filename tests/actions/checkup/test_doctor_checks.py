"""What only doctor looks at: each check finds its fault, and says so in a sentence."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import Error, Info, Warning
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_job, make_sample
from tests.faults.sockets import answering
from tests.kit.fakes import NOON
from tests.sandbox.live import free_port
from voices import audit
from voices.actions.checkup import Problem, activity, mail, orphaned_files
from voices.actions.checkup.althea import reach_problems
from voices.actions.checkup.clock import clock_problems
from voices.actions.checkup.packages import package_problems
from voices.actions.checkup.queue import queue_problems
from voices.actions.checkup.settings import settings_problems
from voices.actions.checkup.sqlite_file import log_problems
from voices.library.search import drop_index, is_index_current, update_index
from voices.management.checkup import CHAIN, COUNTS
from voices.models import CloneJob, DailyClones, State, audit_triggers

LATE = b"HTTP/1.1 401 Unauthorized\r\nDate: Mon, 02 Mar 2020 12:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
DATELESS = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


def sentences(problems: Iterable[Problem]) -> list[str]:
    found = list(problems)
    assert all(one.remedy.endswith((".", "=on")) for one in found)
    return [one.sentence for one in found]


def test_jobs_that_nobody_takes_are_counted(cast: Cast) -> None:
    for _ in range(2):
        make_job(cast.ed)
    held = make_job(cast.ed)
    CloneJob.objects.filter(pk=held.pk).update(state="held")
    later = timezone.now() + timedelta(minutes=16)
    assert sentences(queue_problems(now=later)) == ["2 clone jobs have been due for over 15 minutes"]
    assert sentences(queue_problems(now=timezone.now())) == []


def test_clocks_may_differ_by_five_seconds() -> None:
    assert sentences(clock_problems(here=NOON, there=NOON + timedelta(seconds=5))) == []
    assert sentences(clock_problems(here=NOON, there=NOON - timedelta(hours=1))) == [
        "the clocks of this machine and of the database differ by 3600 s"
    ]


def test_packages_of_another_version_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("django==5.2.1 \\\n    --hash=sha256:00\nhttpx==0.28.1 \\\n# comment==1\n")
    there = {"django": "5.2.1", "httpx": "0.27"}
    assert sentences(package_problems(lock, installed=there.__getitem__)) == [
        "packages differ from requirements.lock: httpx 0.27 for 0.28.1"
    ]
    assert sentences(package_problems(tmp_path / "none")) == []


def test_settings_are_what_the_checks_say() -> None:
    messages = [Error("Wrong.", hint="Mend it."), Warning("Odd", id="app.W001"), Info("A note")]
    assert sentences(settings_problems(messages)) == ["Wrong", "Odd"]


def test_huge_log_of_sqlite_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3-wal").write_bytes(b"0" * 2_000_001)
    assert sentences(log_problems(tmp_path / "a.sqlite3", most=2_000_000)) == [
        "the database's log a.sqlite3-wal has 2 MB"
    ]
    assert sentences(log_problems(tmp_path / "b.sqlite3")) == []


def test_missing_and_orphaned_files_are_reported(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    backend = settings.STORAGES["default"]["BACKEND"]
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path)}}
    }
    kept, lost = make_sample(cast.ed), make_sample(cast.ed)
    assert sentences(orphaned_files.CHECK.problems()) == []
    default_storage.delete(str(lost.file.name))
    default_storage.save("previews/nobody.mp3", ContentFile(b"ID3"))
    assert sentences(orphaned_files.CHECK.problems()) == [
        f"1 files named in the database are missing from the storage: {lost.file.name}",
        "the storage has 1 files that are not in the database: previews/nobody.mp3",
    ]
    assert default_storage.exists(str(kept.file.name))


def test_search_index_that_is_gone_is_told(db: None) -> None:
    assert is_index_current(connection)
    if connection.vendor == "sqlite":
        drop_index(connection)
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX voices_by_pairs")
    assert not is_index_current(connection)
    assert update_index(connection)
    assert is_index_current(connection)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(LATE, "the clocks of this machine and of http://127.0.0.1:{port} differ by"), (DATELESS, "")],
)
def test_althea_is_reached_without_a_key(answer: bytes, said: str) -> None:
    asked: list[bytes] = []

    def see(request: bytes) -> bytes:
        asked.append(request.lower())
        return answer

    with answering(see) as port:
        found = sentences(reach_problems(f"http://127.0.0.1:{port}"))
    assert " ".join(found).startswith(said.format(port=port))
    assert bool(found) is bool(said)
    assert b"x-api-key" not in asked[0]


def test_althea_that_is_away_is_told() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    assert sentences(reach_problems(address)) == [f"{address} cannot be reached: Can't reach Althea"]


def test_mail_server_that_is_away_is_told(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    assert sentences(mail.CHECK.problems()) == ["the mail server can't be used (Connection refused)"]
    settings.SENDS_MAIL = False
    assert sentences(mail.CHECK.problems()) == []


def test_a_trail_that_can_be_changed_is_named(db: None) -> None:
    assert sentences(activity.CHECK.problems()) == []
    audit_triggers.drop(connection)
    assert sentences(activity.CHECK.problems()) == [
        "the database lets the activity trail be changed: its triggers are missing or were altered"
    ]
    audit_triggers.install(connection)


def test_an_entry_changed_by_raw_sql_is_found(cast: Cast) -> None:
    audit.record_by(cast.ed, "tag.made", cast.northwind)
    assert sentences(CHAIN.problems()) == []
    audit_triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE voices_auditentry SET verb = 'tag.removed'")
    audit_triggers.install(connection)
    assert sentences(CHAIN.problems()) == ["the activity trail was changed outside Voice Studio; findings: 1"]


def test_wrong_daily_counts_are_found(cast: Cast) -> None:
    make_job(cast.ed).move(State.FAILED, ended_at=timezone.now())
    assert sentences(COUNTS.problems()) == []
    DailyClones.objects.update(count=7)
    assert sentences(COUNTS.problems()) == [
        "the dashboard's daily counts of clones differ from the jobs; counts: 1"
    ]
