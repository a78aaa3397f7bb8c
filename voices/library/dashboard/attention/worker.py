"""A worker that has not been seen for a minute: nothing is cloned or synced then."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Max

from voices.library.dashboard.attention.base import Attention, Item
from voices.library.dashboard.reading import Reading
from voices.models import WorkerProcess

PATIENCE = timedelta(minutes=1)  # a worker tells every 15 s that it works


def find(reading: Reading) -> Iterator[Item]:
    """Yield an item if no worker was seen in the last minute."""
    seen_at = WorkerProcess.objects.aggregate(last=Max("seen_at"))["last"]
    if seen_at is None or seen_at < reading.now - PATIENCE:
        sentence = "No worker is running: clones, syncs and previews wait."
        yield Item(
            sentence, detail="Start it with “manage.py worker”, or ask who runs Voice Studio.", at=seen_at
        )


ATTENTION = Attention(name="worker", position=10, find=find)
