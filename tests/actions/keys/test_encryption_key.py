"""The encryption key is made on the very first start, and never where something was sealed before."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_key
from voices.gateway import seal, verify_encryption_key
from voices.kit.secret import Secret
from voices.models import SealCanary


def key_file(settings: Settings, folder: Path) -> Path:
    """The file for the encryption key, which this process has not got."""
    settings.ENCRYPTION_KEYS, settings.ENCRYPTION_KEY_FILE = [], folder / "secrets" / "enc.key"
    return folder / "secrets" / "enc.key"


def test_first_start_makes_the_key_and_uses_it(db: None, settings: Settings, tmp_path: Path) -> None:
    file = key_file(settings, tmp_path)
    verify_encryption_key()
    assert file.stat().st_mode & 0o777 == 0o600
    canary = SealCanary.objects.get()
    assert seal(Secret("x"), row_id=canary.id)
    verify_encryption_key()


def test_missing_key_of_a_used_database_is_not_made_again(
    db: None, settings: Settings, tmp_path: Path
) -> None:
    file = key_file(settings, tmp_path)
    verify_encryption_key()
    file.unlink()
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match=f"there is no file {file}"):
            verify_encryption_key()
    assert not file.exists()


def test_no_key_is_made_beside_stored_keys(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    make_key(cast.ed)
    SealCanary.objects.all().delete()
    file = key_file(settings, tmp_path)
    with pytest.raises(ImproperlyConfigured, match="the encryption key is missing"):
        verify_encryption_key()
    assert (file.exists(), SealCanary.objects.exists()) == (False, False)


def test_an_unwritable_folder_is_a_sentence(db: None, settings: Settings) -> None:
    key_file(settings, Path("/proc"))
    with pytest.raises(ImproperlyConfigured, match=r"enc\.key cannot be made"):
        verify_encryption_key()
