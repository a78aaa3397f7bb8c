"""A backup made under writes, restored into an empty installation: nothing is lost, whoever is killed on the way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.backup import contents
from tests.backup.installation import new_installation
from tests.base import Cast
from tests.builders import make_job, make_preview, make_voice
from tests.faults.running import until
from tests.running_studio import ROOT
from voices.actions.backup.making import Made, make_backup
from voices.kit.archives import UNFINISHED_RESTORE

# Each test reads what its module's fixtures have committed; a test's own transaction stays empty.
pytestmark = pytest.mark.django_db

MOMENTS = ("Made ", "It is whole.", "Restoring the database", "The database is restored.")


def backup(path: Path) -> Made:
    return make_backup(path, now=timezone.now(), tell=lambda line: None, share=1.0)


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
    """What was there, and what came out of two backups of it: one at rest, one under writes."""

    source: dict[str, Any]
    quiet: dict[str, Any]
    kills: list[str]
    left: list[str]
    acknowledged: list[str]
    written_meanwhile: int
    busy: dict[str, Any]


@pytest.fixture(scope="module")
def story(stage: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Both backups made and restored; the restore of the first is killed four times."""
    folder = tmp_path_factory.mktemp("backup")
    stage.login(stage.ed)  # a session
    make_preview(make_voice(stage.ed))
    make_job(stage.ed)
    source = contents.everything()
    backup(folder / "quiet")
    log = folder / "log"
    with writing(log):
        acknowledged = log.read_text().split()
        backup(folder / "busy")
        meanwhile = len(log.read_text().split()) - len(acknowledged)
    with new_installation(folder / "first") as first, new_installation(folder / "second") as second:
        *kills, quiet = first.story("restore_killed", str(folder / "quiet"), *MOMENTS)
        [busy] = second.story("restore", str(folder / "busy"))
    left = [path.name for path in (folder / "first").iterdir()]
    yield Story(source, quiet, kills, left, acknowledged, meanwhile, busy)


def test_restored_installation_has_every_row_and_file(story: Story) -> None:
    assert story.quiet == story.source
    assert len(story.quiet["files"]) == 2
    assert "" not in story.quiet["files"].values()


def test_restore_that_is_killed_is_empty_or_whole(story: Story) -> None:
    assert story.kills == ["empty", "empty", "empty", "whole"]
    assert [name for name in story.left if UNFINISHED_RESTORE in name or "restoring" in name] == []


def test_backup_under_writes_loses_nothing_acknowledged(story: Story) -> None:
    assert story.written_meanwhile > 0
    there = set(story.busy["ids"])
    assert [one.strip('"') for one in story.acknowledged if one.strip('"') not in there] == []
    assert [path for path, sha256 in story.busy["files"].items() if not sha256] == []
    assert story.busy["wrong"] == []
