"""A backup that does not belong here is refused in a sentence, before anything is touched."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.kit.fakes import NOON, FakeClock
from voices.actions.backup.base import BackupError, database_errors
from voices.actions.backup.restoring import restore_backup
from voices.actions.backup.signing import sign
from voices.actions.file_holds import are_files_held, hold_files
from voices.actions.files import delete_file, mark_orphaned, sweep_orphaned_files
from voices.checks import check_unfinished_restore
from voices.kit.archives import UNFINISHED_RESTORE, ArchiveWriter, Throttle
from voices.kit.sealing import Sealer, make_key
from voices.kit.secret import Secret
from voices.models import SealCanary


def facts(**changed: Any) -> dict[str, Any]:
    """The facts of a backup that would be restored."""
    canary = {str(one.pk): bytes(one.sealed).decode() for one in SealCanary.objects.all()}
    usual = {"format": 1, "version": "0.1.0", "made_at": "2026-11-29", "database": connection.vendor}
    return {
        **usual,
        "migrations": [["voices", "0001_first_records"]],
        "canary": canary,
        "missing": [],
    } | changed


def refusal(folder: Path, written: dict[str, Any], sign: Callable[[str], str] = sign) -> str:
    path = folder / "b"
    with path.open("wb") as file:
        ArchiveWriter(file, throttle=Throttle(share=1.0)).finish(written, sign)
    with pytest.raises(BackupError) as refused:
        restore_backup(path, report=lambda line: None)
    return str(refused.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"migrations": [["voices", "0999_of_tomorrow"]], "version": "7.0"},
            "made by a newer Voice Studio (7.0;",
        ),
        ({"format": 2, "version": "7.0"}, "Install that version, then restore with it."),
        ({"database": "oracle"}, "It was made from oracle, but this installation uses "),
        ({}, "This installation is in use: people can log in."),
    ],
)
def test_restore_refuses_what_does_not_fit(
    cast: Cast, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    assert said in refusal(tmp_path, facts(**changed))


def test_restore_refuses_another_key(cast: Cast, tmp_path: Path, settings: Settings) -> None:
    written = facts()
    settings.ENCRYPTION_KEYS = [make_key()]
    signature = sign("0" * 64)
    settings.ENCRYPTION_KEYS = [make_key()]
    assert "This backup was made with another encryption key: it needs" in refusal(
        tmp_path, written, lambda digest: signature
    )
    assert "It was changed after it was made" in refusal(tmp_path, written, lambda digest: sign("0" * 64))
    assert "The encryption key does not open this database" in refusal(tmp_path, written)


def test_restore_refuses_a_storage_with_files(
    db: None, own_storage: None, tmp_path: Path, settings: Settings
) -> None:
    canary = SealCanary()
    canary.sealed = Sealer(settings.ENCRYPTION_KEYS).seal(Secret("canary"), row_id=canary.pk)
    canary.save()
    path = default_storage.save("samples/kept.wav", ContentFile(b"RIFF"))
    assert "The file storage is not empty: it has samples/kept.wav." in refusal(tmp_path, facts())
    assert default_storage.exists(path)


def test_restore_of_no_file_is_a_sentence(db: None, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        restore_backup(tmp_path / "none", report=lambda line: None)


def test_nothing_starts_after_a_restore_that_was_killed(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert check_unfinished_restore() == []
    (tmp_path / UNFINISHED_RESTORE).touch()
    assert [message.id for message in check_unfinished_restore()] == ["voices.E004"]


# --- files that a backup needs ---


@pytest.fixture
def own_storage(settings: Settings, tmp_path: Path) -> None:
    """A storage that no other test has held."""
    backend = settings.STORAGES["default"]["BACKEND"]
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / "files")}}
    }


def test_held_files_are_deleted_after_the_backup(db: None, own_storage: None) -> None:
    path = default_storage.save("samples/held.wav", ContentFile(b"RIFF"))
    mark_orphaned(path, now=timezone.now() - timedelta(hours=2))
    with hold_files():
        delete_file(path)
        assert sweep_orphaned_files(now=timezone.now()) == 0
        assert default_storage.exists(path)
    assert sweep_orphaned_files(now=timezone.now()) == 1
    assert not default_storage.exists(path)


def test_hold_is_renewed_and_ends_by_itself(own_storage: None) -> None:
    clock = FakeClock()
    with hold_files(clock) as hold:
        clock.advance(59 * 60)
        hold.renew()
        assert are_files_held(NOON + timedelta(minutes=118))
        assert not are_files_held(NOON + timedelta(minutes=120))
    assert not are_files_held(NOON)


def test_database_that_stays_locked_is_told_in_words() -> None:
    with (
        pytest.raises(BackupError, match="Another program has kept the database locked"),
        database_errors(),
    ):
        raise OperationalError("database is locked")
