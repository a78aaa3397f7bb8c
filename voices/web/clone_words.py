"""A clone job's state in words, as its card tells it."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from voices.models import CloneJob, State


@dataclass(frozen=True)
class Words:
    """One sentence and its tone: busy, good, bad or quiet."""

    sentence: str
    tone: str


def _waiting(job: CloneJob, now: datetime) -> Words:
    seconds = max(1, ceil((job.due_at - now).total_seconds()))
    if job.problem == "throttled":
        return Words(f"Waiting for Althea, it asked us to pause {seconds} s.", "busy")
    return Words(f"{job.message} Trying again in {seconds} s.", "busy")


def _ready(job: CloneJob, now: datetime) -> Words:
    late = (now - job.due_at).total_seconds() > 30
    return Words(
        "In line. The worker has not taken it up yet." if late else "In line, about to be sent.", "busy"
    )


SENDING = "Althea is making the voice. This can take a minute or two."
UNKNOWN = (
    "Althea has not answered. We are looking whether the voice was made; until then nothing is sent again."
)
FIXED = {
    State.SENDING: Words(SENDING, "busy"),
    State.UNKNOWN: Words(UNKNOWN, "busy"),
    State.CREATED: Words("The voice is in your library.", "good"),
    State.CANCELLED: Words("Cancelled before anything was sent.", "quiet"),
}


def job_words(job: CloneJob, *, now: datetime) -> Words:
    """What is happening to the job now, for the person who asked for it."""
    state = State(job.state)
    if state == State.READY:
        return _ready(job, now)
    if state == State.WAITING:
        return _waiting(job, now)
    return FIXED.get(state) or Words(job.message or "Althea refused this recording.", "bad")
