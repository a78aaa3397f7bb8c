"""A missing worker: without one, nothing is cloned or synced."""

from collections.abc import Iterator

from voices.library.dashboard.attention.base import Attention, Item
from voices.library.dashboard.reading import Reading
from voices.models import WorkerProcess
from voices.models.workers import SILENT_AFTER


def find(reading: Reading) -> Iterator[Item]:
    """Yield an item if no worker was seen in the last minute."""
    silence = WorkerProcess.objects.silence(reading.now)
    if silence is None or silence > SILENT_AFTER:
        yield Item(
            "No worker is running, so clones, syncs and previews are waiting.",
            detail="Start one with “manage.py worker”, or ask whoever runs Voice Studio.",
            at=reading.now - silence if silence else None,
        )


ATTENTION = Attention(name="worker", position=10, find=find)
