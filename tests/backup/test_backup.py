"""A backup made under writes, restored into an empty installation: nothing is lost, whoever is killed on the way."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.backup import contents
from tests.backup.installation import new_installation
from tests.base import Cast
from tests.builders import make_job, make_preview, make_voice
from tests.faults.running import until
from tests.running_studio import ROOT
from voices.actions.backup.base import BackupError
from voices.actions.backup.making import BackupLimits, BackupSummary, make_backup
from voices.kit.archives import UNFINISHED_RESTORE

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db

QUICK = BackupLimits(share=1.0, wait_seconds=1)
MOMENTS = ("Made ", "The backup is intact.", "Restoring the database", "Database restored.")


def backup(path: Path) -> BackupSummary:
    return make_backup(path, now=timezone.now(), report=lambda line: None, limits=QUICK)


def driver(*command: str, **options: Any) -> "subprocess.Popen[str]":
    """A process on the tests' own database."""
    name = str(connection.settings_dict["NAME"])
    there = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "TESTS_DATABASE_NAME": name}
    line = [sys.executable, "-m", "tests.backup.driver", *command]
    return subprocess.Popen(line, cwd=ROOT, env={**os.environ, **there}, text=True, **options)


@contextmanager
def writing(log: Path) -> Iterator[None]:
    """A process that stores and deletes recordings; it notes each in the log once it is committed."""
    there = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "TESTS_DATABASE_NAME": connection.settings_dict["NAME"],
    }
    command = [sys.executable, "-m", "tests.backup.driver", "write"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **there}, stdout=output, stderr=output
        ) as writer,
    ):
        until(lambda: log.read_bytes().count(b"\n") > 5, "five are stored")
        try:
            yield
        finally:
            assert writer.poll() is None, log.read_text()[-2000:]
            writer.kill()


@dataclass
class Story:
    """What was there, and what came out of backups of it: one at rest, one under writes, one that is older."""

    source: dict[str, Any]
    quiet: dict[str, Any]
    full: str
    left_by_full: list[str]
    kills: list[str]
    left: list[str]
    acknowledged: list[str]
    written_meanwhile: int
    busy: dict[str, Any]
    made: str
    twice: str
    restored: str
    again: str


@pytest.fixture(scope="module")
def story(stage: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Three backups made and restored; the restore of the first is killed four times."""
    folder = tmp_path_factory.mktemp("backup")
    stage.login(stage.ed)  # a session
    make_preview(make_voice(stage.ed))
    make_job(stage.ed)
    source = contents.everything()
    backup(folder / "quiet")
    log = folder / "log"
    with writing(log):
        acknowledged = [line.strip('"') for line in log.read_text().split()]
        backup(folder / "busy")
        meanwhile = len(log.read_text().split()) - len(acknowledged)
    with new_installation(folder / "first") as first, new_installation(folder / "second") as second:
        full, left_by_full, *kills, quiet = first.story("restore_killed", str(folder / "quiet"), *MOMENTS)
        left = [path.name for path in (folder / "first").iterdir()]
        [busy] = second.story("restore", str(folder / "busy"))
        made, twice = first.story("backup_of_an_older_state", str(folder / "older"))
    with new_installation(folder / "third") as third:
        restored = third.run("manage.py", "restore", str(folder / "older")).stdout
        again = third.refusal("restore", str(folder / "older"))
    yield Story(
        source,
        quiet,
        full,
        left_by_full,
        kills,
        left,
        acknowledged,
        meanwhile,
        busy,
        made,
        twice,
        restored,
        again,
    )


def test_restored_installation_has_every_row_and_file(story: Story) -> None:
    assert story.quiet == story.source
    assert len(story.quiet["files"]) == 2
    assert "" not in story.quiet["files"].values()


def test_restore_on_a_full_disk_leaves_nothing(story: Story) -> None:
    assert story.full.startswith("Nothing was restored: ")
    assert story.full.endswith(": File too large.")
    assert story.left_by_full == []


def test_restore_that_is_killed_is_empty_or_whole(story: Story) -> None:
    assert story.kills == ["empty", "empty", "empty", "whole"]
    assert [name for name in story.left if UNFINISHED_RESTORE in name or "restoring" in name] == []


def test_backup_under_writes_loses_nothing_acknowledged(story: Story) -> None:
    assert story.written_meanwhile > 0
    there = set(story.busy["ids"])
    assert [one for one in story.acknowledged if one not in there] == []
    assert [path for path, sha256 in story.busy["files"].items() if not sha256] == []
    assert story.busy["wrong"] == []


def test_backup_of_an_older_state_is_migrated(story: Story) -> None:
    assert "The encryption key is not in it" in story.made
    assert " contains the database and 2 files, " in story.made
    assert "already exists. Choose another name, or add --force to replace it." in story.twice
    assert story.restored.startswith("Made 20")
    assert ", with 2 files.\nEveryone has to log in again." in story.restored
    assert "This installation is in use: people can log in. Restore into an empty one." in story.again


def test_backup_that_fails_leaves_no_file(story: Story, tmp_path: Path) -> None:
    with driver("backup_failing", str(tmp_path / "b"), stdout=subprocess.PIPE) as failing:
        told = [json.loads(line) for line in failing.communicate()[0].splitlines()]
    assert failing.returncode == 0
    assert told[:2] == [["b.partial", "b.partial.d"]] * 2
    assert told[2].startswith(("The backup failed", "The database can't be backed up"))
    assert told[3] == []


@pytest.mark.sqlite_only
def test_backup_does_not_wait_for_a_writer(stage: Cast, tmp_path: Path) -> None:
    assert connection.in_atomic_block  # the test's own transaction has the lock, and keeps it
    assert backup(tmp_path / "b").size > 100_000


@pytest.mark.postgresql_only
def test_table_that_stays_locked_is_told_in_words(stage: Cast, tmp_path: Path) -> None:
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE voices_voice IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(BackupError, match="Another program has kept the database locked"):
            backup(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_secrets_and_sessions_are_in_no_backup(stage: Cast, tmp_path: Path) -> None:
    session = stage.login(stage.ada).cookies[settings.SESSION_COOKIE_NAME].value
    backup(tmp_path / "b")
    content = (tmp_path / "b").read_bytes()
    secrets = (session, settings.ENCRYPTION_KEYS[0], settings.SECRET_KEY, settings.RECEIPT_KEY)
    assert [one for one in secrets if one.encode() in content] == []
