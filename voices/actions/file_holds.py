"""Keeping stored files while a backup is made: what its rows name must still be there when their files are copied.

A hold is an empty file in the storage, which everybody who deletes shares, on whichever host. Its name says how long
it counts, so that a backup that was killed keeps nothing for longer. Whoever deletes looks for a hold only after the
row that named the file is gone: a file that was deleted without seeing the hold is in no row of a later snapshot.
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
    """A hold of one backup."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin()

    def renew(self) -> None:
        """Hold for another hour, if some time has passed. Raise OSError."""
        if self._clock.now() - self.began > RENEWED_AFTER:
            older = self._path
            self._begin()
            default_storage.delete(older)

    def end(self) -> None:
        """Let files be deleted again. If the storage is away, the hold ends by itself."""
        with suppress(OSError):
            default_storage.delete(self._path)

    def _begin(self) -> None:
        self.began = self._clock.now()
        until = int((self.began + HELD_FOR).timestamp())
        self._path = default_storage.save(f"{FOLDER}/{until}-{uuid4().hex[:8]}", ContentFile(b""))


@contextmanager
def hold_files(clock: Clock | None = None) -> Iterator[Hold]:
    """Keep every stored file while the block runs. Raise OSError."""
    hold = Hold(clock or SystemClock())
    _forget_ended(hold.began)
    try:
        yield hold
    finally:
        hold.end()


def are_files_held(now: datetime | None = None) -> bool:
    """Whether a backup needs the stored files. Raise OSError."""
    now = now or SystemClock().now()
    return any(until > now.timestamp() for until in _holds().values())


def _forget_ended(now: datetime) -> None:
    """Delete what backups that were killed have left."""
    for name, until in _holds().items():
        if until <= now.timestamp():
            default_storage.delete(f"{FOLDER}/{name}")


def _holds() -> dict[str, int]:
    """Return how long each hold counts, by its name."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return {}
    ends = {name: name.partition("-")[0] for name in names}
    return {name: int(end) for name, end in ends.items() if end.isdigit()}
