"""What the pages of a bulk change say, by what is done to the voices."""

from collections.abc import Mapping
from typing import Any

from voices.library.bulk_runs import Progress
from voices.models import BulkRun, BulkState, BulkVerb, Stage

# (what is to be done, what was done, what it says of a voice that needed no change)
WORDS: Mapping[str, tuple[str, str, str]] = {
    BulkVerb.TAG: ("Tag {count} “{tag}”", "{count} tagged “{tag}”.", "already had the tag"),
    BulkVerb.UNTAG: ("Remove the tag “{tag}” from {count}", "Tag “{tag}” removed from {count}.", "didn't have the tag"),
    BulkVerb.STAGE: ("Move {count} to {stage}", "{count} moved to {stage}.", "were there already"),
    BulkVerb.FAVOURITE: ("Add {count} to your favourites", "{count} added to your favourites.", "were there already"),
    BulkVerb.UNFAVOURITE: (
        "Remove {count} from your favourites",
        "{count} removed from your favourites.",
        "were not there",
    ),
    BulkVerb.DELETE: ("Delete {count}", "{count} deleted.", "were already deleted"),
}


def counted(count: int) -> str:
    """`1 voice`, `1,240 voices`."""
    return f"{count:,} voice{'' if count == 1 else 's'}"


def _filled(text: str, argument: Mapping[str, Any], count: str = "") -> str:
    stage = argument.get("stage", "")
    label = Stage(stage).label if stage in Stage.values else stage
    return text.format(count=count, tag=argument.get("tag", ""), stage=label)


def title(run: BulkRun) -> str:
    """What the run was asked to do."""
    return _filled(WORDS[run.verb][0], run.argument, counted(run.total))


def outcome(verb: str, argument: Mapping[str, Any], *, done: int, skipped: int, failed: int = 0) -> str:
    """What came of it, in one line: `3 voices tagged “brand”. 2 had the tag already.`"""
    _, did, had = WORDS[verb]
    told = [_filled(did, argument, counted(done))] if done or not (skipped or failed) else []
    told += [f"{skipped:,} {had if skipped > 1 else had.replace('were', 'was')}."] if skipped else []
    told += [f"{failed:,} failed."] if failed else []
    return " ".join(told)


def sentence(run: BulkRun, progress: Progress) -> str:
    """Where the run stands."""
    if run.is_live and run.message:
        return f"Waiting for Althea. This continues on its own. {run.message}"
    if run.is_live:
        return f"{progress.ended:,} of {counted(progress.total)} so far." if run.started_at else "Queued."
    counts = {"done": progress.done, "skipped": progress.skipped, "failed": progress.failed}
    told = outcome(run.verb, run.argument, **counts)
    return f"Stopped. {run.message} {told}" if run.state == BulkState.STOPPED else told
