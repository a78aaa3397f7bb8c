"""The checks of an installation: what each finds, in a sentence with its remedy."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.fixtures import Settings

from tests.faults.sockets import answering
from tests.faults.test_storage_away import BROKEN, use_s3
from tests.kit.fakes import NOON, FakeClock
from voices.actions.checkup import CHECKS, Problem, encryption_key
from voices.actions.checkup.database import Migrations
from voices.actions.checkup.storage import Bucket
from voices.actions.checkup.worker import worker_problems
from voices.actions.workers import mark_alive
from voices.gateway import verify_encryption_key
from voices.kit.sealing import make_key

STORED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def sentences(problems: Iterator[Problem]) -> list[tuple[str, bool]]:
    found = list(problems)
    assert all(one.remedy.endswith(".") for one in found)
    return [(one.sentence, one.stops_pages) for one in found]


@pytest.mark.parametrize(
    ("age", "found"),
    [
        (0, []),
        (60, []),
        (61, [("no worker has been seen for 1 min", False)]),
        (3_700, [("no worker has been seen for 61 min", False)]),
        (-45, []),
        (-3_600, [("no worker is running", False)]),  # written before the clock was set back
    ],
)
def test_worker_is_missed_after_a_minute(db: None, age: int, found: list[tuple[str, bool]]) -> None:
    mark_alive(name="one", started_at=NOON, now=NOON - timedelta(seconds=age))
    assert sentences(worker_problems(now=NOON)) == found


def test_newest_worker_counts(db: None) -> None:
    for name, age in (("killed", 900), ("alive", 5)):
        mark_alive(name=name, started_at=NOON, now=NOON - timedelta(seconds=age))
    assert sentences(worker_problems(now=NOON)) == []


def test_pending_migrations_are_found_until_they_are_applied(db: None) -> None:
    migrations = Migrations()
    MigrationRecorder(connection).record_unapplied("voices", "0028_worker_processes")
    assert sentences(migrations.problems()) == [("1 migration is not applied", True)]
    MigrationRecorder(connection).record_applied("voices", "0028_worker_processes")
    assert sentences(migrations.problems()) == []
    MigrationRecorder(connection).record_unapplied("voices", "0028_worker_processes")
    assert sentences(migrations.problems()) == []  # looked up once


def test_wrong_encryption_key_stops_and_a_missing_file_warns(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    problems = encryption_key.CHECK.problems
    assert sentences(iter(problems())) == []
    verify_encryption_key()
    assert sentences(iter(problems())) == []
    settings.ENCRYPTION_KEY_FILE = tmp_path / "enc.key"
    assert sentences(iter(problems())) == [
        ("the key file enc.key is missing; the next start would fail", False)
    ]
    settings.ENCRYPTION_KEYS_IN_FILE = False
    assert sentences(iter(problems())) == []
    settings.ENCRYPTION_KEYS = [make_key()]
    assert sentences(iter(problems())) == [("the encryption key does not open this database", True)]
    settings.ENCRYPTION_KEYS = ["nonsense"]
    assert sentences(iter(problems())) == [
        ("VOICESTUDIO_ENCRYPTION_KEYS contains a value that is not an encryption key", True)
    ]


def test_bucket_is_written_once_a_minute_while_it_can_be(settings: Settings) -> None:
    clock, asked = FakeClock(), []
    answers = [BROKEN, BROKEN, STORED, STORED]

    def answer(head: bytes) -> bytes:
        asked.append(head.partition(b" ")[0])
        return answers.pop(0)

    bucket = Bucket(clock)
    with answering(answer) as port:
        use_s3(settings, port)
        assert sentences(bucket.problems()) == [("the file storage's bucket cannot be written to", True)]
        for wait in (0, 59, 1):
            clock.advance(wait)
            assert sentences(bucket.problems()) == []
    assert asked == [b"PUT"] * 4


def test_probe_asks_what_is_quick() -> None:
    probed = [one.name for one in CHECKS if one.is_probed]
    assert probed == ["database", "migrations", "encryption key", "storage", "worker"]
