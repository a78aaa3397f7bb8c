"""No orphan: a file whose row never came is swept after an hour, one that a row names never is."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_voice
from tests.kit.fakes import NOON
from voices.actions.files import settle, store_file, sweep_orphaned_files
from voices.models import FileIntent, PreviewFile


def test_file_without_a_row_is_swept_after_an_hour(cast: Cast) -> None:
    row = PreviewFile(voice=make_voice(cast.ed), due_at=timezone.now())
    store_file(row.file, "killed", "wav", ContentFile(b"RIFF"), now=NOON)
    path = row.file.name
    assert sweep_orphaned_files(now=NOON + timedelta(minutes=59)) == 0
    assert default_storage.exists(path)
    assert sweep_orphaned_files(now=NOON + timedelta(minutes=61)) == 1
    assert not default_storage.exists(path)
    assert not FileIntent.objects.exists()


def test_file_intent_without_a_file_is_forgotten(cast: Cast) -> None:
    FileIntent.objects.create(path="samples/nowhere.wav", noted_at=NOON - timedelta(hours=2))
    assert sweep_orphaned_files(now=NOON) == 1
    assert not FileIntent.objects.exists()


def test_settled_file_is_not_swept(cast: Cast) -> None:
    row = PreviewFile(voice=make_voice(cast.ed), due_at=timezone.now())
    store_file(row.file, "kept", "wav", ContentFile(b"RIFF"), now=NOON)
    settle(row.file)
    assert sweep_orphaned_files(now=NOON + timedelta(days=9)) == 0
    assert default_storage.exists(row.file.name)
