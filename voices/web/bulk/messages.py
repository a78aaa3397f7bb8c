"""The texts of bulk changes, by operation."""

from collections.abc import Mapping
from typing import Any

from voices.library.bulk_runs import Progress
from voices.models import BulkRun, BulkState, BulkVerb, Stage

# (the operation, its result, what is said of voices, or agents, that needed no change)
TEXTS: Mapping[str, tuple[str, str, str]] = {
    BulkVerb.TAG: ("Tag {count} “{tag}”", "{count} tagged “{tag}”.", "already had the tag"),
    BulkVerb.UNTAG: (
        "Remove the tag “{tag}” from {count}",
        "Tag “{tag}” removed from {count}.",
        "didn't have the tag",
    ),
    BulkVerb.STAGE: ("Move {count} to {stage}", "{count} moved to {stage}.", "were already there"),
    BulkVerb.FAVOURITE: (
        "Add {count} to your favourites",
        "{count} added to your favourites.",
        "were already there",
    ),
    BulkVerb.UNFAVOURITE: (
        "Remove {count} from your favourites",
        "{count} removed from your favourites.",
        "were not there",
    ),
    BulkVerb.DELETE: ("Delete {count}", "{count} deleted.", "were already deleted"),
    BulkVerb.SWAP: (
        "Replace “{old}” with “{new}” in {count}",
        "“{old}” replaced with “{new}” in {count}.",
        "already used it",
    ),
    BulkVerb.MODEL: (
        "Change the model of {count} from {old} to {new}",
        "{count} changed from {old} to {new}.",
        "already used it",
    ),
}


def counted(verb: str, count: int) -> str:
    """Return `1 voice`, `1,240 voices`, or as many agents."""
    noun = "agent" if verb == BulkVerb.SWAP else "voice"
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _fill(text: str, argument: Mapping[str, Any], count: str = "") -> str:
    stage = argument.get("stage", "")
    label = Stage(stage).label if stage in Stage.values else stage
    names = {name: argument.get(name, "") for name in ("tag", "old", "new")}
    return text.format(count=count, stage=label, **names)


def title(run: BulkRun) -> str:
    """Return the operation of a run in words."""
    return _fill(TEXTS[run.verb][0], run.argument, counted(run.verb, run.total))


def outcome(
    verb: str, argument: Mapping[str, Any], *, done: int, skipped: int, left: int = 0, failed: int = 0
) -> str:
    """Return the result in one line: `3 voices tagged “brand”. 2 already had the tag.`"""
    _, done_text, skipped_text = TEXTS[verb]
    is_empty = not (skipped or left or failed)
    parts = [_fill(done_text, argument, counted(verb, done))] if done or is_empty else []
    if skipped:
        parts.append(f"{skipped:,} {skipped_text if skipped > 1 else skipped_text.replace('were', 'was')}.")
    if left:
        parts.append(f"{left:,} skipped because someone else changed {'it' if left == 1 else 'them'}.")
    parts += [f"{failed:,} failed."] if failed else []
    return " ".join(parts)


def sentence(run: BulkRun, progress: Progress) -> str:
    """Return the state of a run in words."""
    if run.state == BulkState.HELD:
        return "Waiting for another editor or admin to approve it. Nothing happens until then."
    if run.is_live and run.message:
        return f"Waiting. This continues on its own. {run.message}"
    if run.is_live:
        return (
            f"{progress.ended:,} of {counted(run.verb, progress.total)} so far."
            if run.started_at
            else "Queued."
        )
    counts = {"done": progress.done, "skipped": progress.skipped, "left": progress.left}
    result = outcome(run.verb, run.argument, **counts, failed=progress.failed)
    return f"Stopped. {run.message} {result}" if run.state == BulkState.STOPPED else result
