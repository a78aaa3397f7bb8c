"""What the library's head says of the team's syncs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from voices.models import Membership, SyncRun, SyncState

# Runs that ended so shortly before the last one were asked for together: one sentence tells of them all.
TOGETHER = timedelta(minutes=5)
LOOKED_AT = 20


@dataclass(frozen=True)
class SyncStatus:
    """The state in a sentence; `ended_at` is None while a run is live and before the first one."""

    sentence: str = ""
    is_live: bool = False
    is_bad: bool = False
    has_news: bool = False
    ended_at: datetime | None = None


def sync_status(member: Membership) -> SyncStatus:
    """How the team's syncs stand; one query."""
    runs = list(SyncRun.objects.filter(team=member.team).order_by("-created_at")[:LOOKED_AT])
    if live := [run for run in runs if run.is_live]:
        return SyncStatus(_progress(live), is_live=True)
    ends = [run.ended_at for run in runs if run.ended_at is not None]
    if not ends:
        return SyncStatus()
    last = max(ends)
    return _outcome([run for run in runs if run.ended_at and run.ended_at >= last - TOGETHER], last)


def _progress(live: Sequence[SyncRun]) -> str:
    read = sum(run.read for run in live)
    if read:
        return f"Syncing with Althea: {read:,} voice{'' if read == 1 else 's'} so far"
    waiting = next((run.message for run in live if run.message and run.state == SyncState.QUEUED), "")
    return f"Waiting to try again. {waiting}" if waiting else "Syncing with Althea"


def _outcome(runs: Sequence[SyncRun], last: datetime) -> SyncStatus:
    # Of each list only the last word counts: a failure that was made good is no news. Newest first they came.
    latest = list({(run.account_id, run.scope): run for run in reversed(runs)}.values())
    counts = [sum(getattr(run, name) for run in latest) for name in ("added", "changed", "gone")]
    words = dict.fromkeys(run.message for run in latest if run.message)
    bad = any(run.state == SyncState.FAILED for run in latest)
    told = [f"{counted(*counts)}."] if any(counts) or not bad else []
    return SyncStatus(" ".join([*told, *words]), is_bad=bad, has_news=any(counts), ended_at=last)


def counted(added: int, changed: int, gone: int) -> str:
    """The counts in words: `12 added, 1 changed, 3 gone`."""
    named = {"added": added, "changed": changed, "gone": gone}
    return ", ".join(f"{count:,} {name}" for name, count in named.items() if count) or "Nothing new"
