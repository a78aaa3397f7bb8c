"""The storage: its folders or bucket are writable, and the disk has free space."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from voices.actions.checkup.base import Check, Problem
from voices.actions.stored_files import PROBE_NAME
from voices.kit.clock import Clock, SystemClock

# Each web process checks every few seconds, and each write to a bucket costs money.
BUCKET_SECONDS = 60.0
IN_FOLDER = "django.core.files.storage.FileSystemStorage"


def _folders() -> list[Path]:
    """Return the folders that must be writable: of the database, of uploads, and of files unless they are in S3."""
    storage = settings.STORAGES["default"]
    files = [Path(storage["OPTIONS"]["location"])] if storage["BACKEND"] == IN_FOLDER else []
    return [settings.DATA_DIR, *files]


def folder_problems() -> Iterator[Problem]:
    """Yield why folders cannot be written, with one sentence if they share a full disk."""
    found = chain.from_iterable(_problems_of(folder) for folder in _folders())
    yield from dict.fromkeys(found)


def _problems_of(folder: Path) -> Iterator[Problem]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"?")
        free = shutil.disk_usage(folder).free // 1_000_000
    except OSError as problem:
        yield Problem(
            sentence=f"the folder {folder.name} cannot be written to ({problem.strerror})",
            remedy="Make it writable for the user that runs Voice Studio, and check that its disk is mounted.",
        )
        return
    if free < settings.MIN_FREE_MB:
        yield Problem(
            sentence=f"only {free} MB of disk space are left",
            remedy="Free some space on the disk of the data folder, or move the folder to a larger one. "
            "VOICESTUDIO_MIN_FREE_MB sets how much must stay free.",
        )


class Bucket:
    """Checks that S3, if used, is writable; at most once a minute while it is."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._good_until = float("-inf")

    def problems(self) -> Iterator[Problem]:
        """Yield a problem if a small object cannot be written."""
        if settings.STORAGES["default"]["BACKEND"] == IN_FOLDER or self._clock.monotonic() < self._good_until:
            return
        try:
            default_storage.save(PROBE_NAME, ContentFile(b"?"))
        except OSError:
            # Without S3's message, which may contain an address or the name of a key.
            yield Problem(
                sentence="the file storage's bucket cannot be written to",
                remedy="Check that VOICESTUDIO_STORAGE_URL names the bucket, that its server "
                "responds, and that the credentials allow writing objects.",
            )
        else:
            self._good_until = self._clock.monotonic() + BUCKET_SECONDS


_bucket = Bucket()
CHECK = Check(name="storage", problems=lambda: chain(folder_problems(), _bucket.problems()), is_probed=True)
