"""Accounts whose syncs keep failing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from voices.library.dashboard.attention.base import Action, Attention, Item
from voices.library.dashboard.links import Link
from voices.library.dashboard.reading import Reading
from voices.library.sync_status import NEXT_STEPS
from voices.models import SyncRun, SyncState

LOOKED_AT = 60  # runs
IN_A_ROW = 2  # a single failure may happen


def find(reading: Reading) -> Iterator[Item]:
    """Yield the lists whose last two syncs failed."""
    runs = SyncRun.objects.ended().filter(team=reading.member.team).select_related("account")
    by_list = defaultdict[tuple[Any, str], list[SyncRun]](list)
    for run in runs.order_by("-created_at")[:LOOKED_AT]:
        by_list[run.account_id, run.scope].append(run)
    for found in by_list.values():
        failed = next((place for place, run in enumerate(found) if run.state != SyncState.FAILED), len(found))
        if failed >= IN_A_ROW:
            yield _item(found[0], failed)


def _item(run: SyncRun, times: int) -> Item:
    what = "The public catalogue" if run.scope == "public" else run.account.name
    return Item(
        f"could not be synced {times} times in a row.",
        what,
        f"{run.message} {NEXT_STEPS.get(run.problem, '')}".strip(),
        run.ended_at,
        action=Action("Sync now", Link("voices:sync")),
    )


ATTENTION = Attention(name="syncs", position=40, find=find)
