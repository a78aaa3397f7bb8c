"""Holds, which prevent the deletion of stored files while a backup copies those that its rows name.

A hold is an empty file in the storage, so that all hosts see it. Its name says when it expires, so that a killed backup
holds nothing for long. Deletion checks for holds only after the row that named the file is gone: a file deleted before
the hold existed is in no row of a later snapshot.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from voices.kit.clock import Clock, SystemClock

FOLDER = "holds"
HELD_FOR = timedelta(hours=1)
RENEWED_AFTER = timedelta(minutes=10)


class Hold:
    """The hold of one backup."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin()

    def renew(self) -> None:
        """Extend the hold by an hour if it was not extended recently. Raise OSError."""
        if self._clock.now() - self.began > RENEWED_AFTER:
            older = self._path
            self._begin()
            default_storage.delete(older)

    def end(self) -> None:
        """Release the hold. If the storage is unavailable, it expires by itself."""
        with suppress(OSError):
            default_storage.delete(self._path)

    def _begin(self) -> None:
        self.began = self._clock.now()
        until = int((self.began + HELD_FOR).timestamp())
        self._path = default_storage.save(f"{FOLDER}/{until}-{uuid4().hex[:8]}", ContentFile(b""))


@contextmanager
def hold_files(clock: Clock | None = None) -> Iterator[Hold]:
    """Prevent the deletion of stored files while the block runs. Raise OSError."""
    hold = Hold(clock or SystemClock())
    _delete_expired(hold.began)
    try:
        yield hold
    finally:
        hold.end()


def are_files_held(now: datetime | None = None) -> bool:
    """Whether any backup holds the stored files. Raise OSError."""
    now = now or SystemClock().now()
    return any(until > now.timestamp() for until in _holds().values())


def _delete_expired(now: datetime) -> None:
    """Delete expired holds, left by killed backups."""
    for name, until in _holds().items():
        if until <= now.timestamp():
            default_storage.delete(f"{FOLDER}/{name}")


def _holds() -> dict[str, int]:
    """Return the expiry of each hold, by its name."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return {}
    ends = {name: name.partition("-")[0] for name in names}
    return {name: int(end) for name, end in ends.items() if end.isdigit()}
