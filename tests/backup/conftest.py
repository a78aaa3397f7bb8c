"""What the tests of backups leave behind is taken away."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings

from voices.actions.file_holds import FOLDER


@pytest.fixture(autouse=True)
def no_hold_is_left() -> Iterator[None]:
    """End the holds of killed backups: for an hour they would keep files that this process's later tests delete."""
    yield
    shutil.rmtree(settings.MEDIA_ROOT / FOLDER, ignore_errors=True)
