"""The state of the team's syncs, as the library's header shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from voices.models import Membership, SyncRun, SyncState

# Runs that ended so shortly before the last one were asked for together, and are summed up in one sentence.
SAME_SYNC = timedelta(minutes=5)
MAX_RUNS = 20
NEXT_STEPS = {
    "key_refused": "Replace it on the Keys page.",
    "forbidden": "Allow it for this key at Althea, or use another key.",
    "no_allowance": "Check the account's plan at Althea.",
    "blocked": "Ask whoever runs Voice Studio to allow connections to Althea.",
}


@dataclass(frozen=True)
class SyncStatus:
    """The state of syncs in sentences. `ended_at` is None while one runs, and before the first."""

    sentence: str = ""
    problem: str = ""
    is_live: bool = False
    has_news: bool = False
    ended_at: datetime | None = None


def sync_status(member: Membership) -> SyncStatus:
    """Return the state of the team's syncs; one query."""
    runs = list(
        SyncRun.objects.filter(team=member.team).select_related("account").order_by("-created_at")[:MAX_RUNS]
    )
    if live := [run for run in runs if run.is_live]:
        return SyncStatus(_progress(live), is_live=True)
    ends = [run.ended_at for run in runs if run.ended_at is not None]
    if not ends:
        return SyncStatus()
    last = max(ends)
    return _outcome([run for run in runs if run.ended_at and run.ended_at >= last - SAME_SYNC], last)


def _progress(live: Sequence[SyncRun]) -> str:
    read = sum(run.read for run in live)
    if read:
        return f"Syncing with Althea: {read:,} voice{'' if read == 1 else 's'} so far"
    waiting = next((run.message for run in live if run.message and run.state == SyncState.QUEUED), "")
    return f"Waiting to retry. {waiting}" if waiting else "Syncing with Althea"


def _outcome(runs: Sequence[SyncRun], last: datetime) -> SyncStatus:
    # Only the latest run of each list counts (newest first): a failure followed by a success is irrelevant.
    latest = list({(run.account_id, run.scope): run for run in reversed(runs)}.values())
    counts = [sum(getattr(run, name) for run in latest) for name in ("added", "changed", "gone")]
    failed = [run for run in latest if run.state == SyncState.FAILED]
    notes = dict.fromkeys(run.message for run in latest if run.message and run not in failed)
    summary = [f"{count_sentence(*counts)}."] if any(counts) or not failed else []
    return SyncStatus(
        " ".join([*summary, *notes]),
        problem=_failure_sentence(failed, of_many=len({run.account_id for run in latest}) > 1),
        has_news=any(counts),
        ended_at=last,
    )


def _failure_sentence(failed: Sequence[SyncRun], *, of_many: bool) -> str:
    """Return why the runs failed and what to do, naming the accounts if there are several."""
    reasons = (f"{run.message} {NEXT_STEPS.get(run.problem, '')}".strip() for run in failed)
    named = (f"{run.account}: {why}" if of_many else why for run, why in zip(failed, reasons, strict=True))
    return " ".join(dict.fromkeys(named))


def count_sentence(added: int, changed: int, gone: int) -> str:
    """Return the counts in words: `12 added, 1 changed, 3 gone`."""
    named = {"added": added, "changed": changed, "gone": gone}
    return ", ".join(f"{count:,} {name}" for name, count in named.items() if count) or "Nothing new"
