"""Files in S3 are in the backup, and go back into a bucket."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.backup.bucket import Objects, bucket
from tests.backup.installation import Installation
from tests.base import Cast
from tests.builders import make_sample
from voices.actions.backup.making import BackupLimits, BackupSummary, make_backup
from voices.actions.files import delete_file
from voices.models import Sample
from voicestudio.settings.files import storage

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

CONTENT = b"RIFF" + bytes(range(256)) * 1_000


@dataclass
class Story:
    """A recording that went from one bucket to another, and one that the first had lost."""

    sample: Sample
    lost: str
    made: BackupSummary
    restored: Objects
    there: dict[str, Any]


@pytest.fixture(scope="module")
def story(stage: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Backed up from one bucket, restored into another."""
    folder = tmp_path_factory.mktemp("s3")
    with bucket() as (old, _), bucket() as (new, restored):
        first, second = (
            f"s3://voices/studio?endpoint_url={one}&region_name=eu-1&access_key=a&secret_key=b"
            for one in (old, new)
        )
        with override_settings(STORAGES={"default": storage(first)}):
            sample = make_sample(stage.ed, content=CONTENT)
            lost = str(make_sample(stage.sam, content=b"lost").file.name)  # S3 would overwrite Ed's
            delete_file(lost)
            quick = BackupLimits(share=1.0)
            made = make_backup(folder / "b", now=timezone.now(), report=lambda line: None, limits=quick)
        installation = Installation(folder / "new", {"VOICESTUDIO_STORAGE_URL": second})
        [there] = installation.story("restore", str(folder / "b"))
    yield Story(sample, lost, made, restored, there)


def test_files_in_s3_are_backed_up_and_restored(story: Story) -> None:
    assert story.restored == {f"studio/{story.sample.file.name}": CONTENT}
    assert story.there["files"] == {story.sample.file.name: story.sample.sha256, story.lost: ""}


def test_file_that_s3_has_lost_is_told(story: Story) -> None:
    assert (story.made.files, story.made.missing) == (1, [story.lost])
