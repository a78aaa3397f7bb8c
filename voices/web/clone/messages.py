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
        return Words(f"Waiting for Althea, it asked us to pause {_span(seconds)}.", "busy")
    return Words(f"{job.message} Trying again in {seconds} s.", "busy")


def _ready(job: CloneJob, now: datetime) -> Words:
    late = (now - job.due_at).total_seconds() > 30
    return Words(
        "In line. The worker has not taken it up yet." if late else "In line, about to be sent.", "busy"
    )


SENDING = "Althea is making the voice. This can take a minute or two."
NEXT_STEPS = {
    "key_refused": "Test or replace the key on the Keys page, then try again.",
    "no_allowance": "Look at the account's plan at Althea, then try again.",
    "limit_reached": "Delete a voice there or choose another key, then try again.",
    "invalid": "Change it and send it again; your recording is kept.",
    "not_sent": "Nothing was sent. Try again in a moment.",
    "throttled": "Nothing was made. Try again later.",
}
FIXED = {
    State.SENDING: Words(SENDING, "busy"),
    State.CREATED: Words("The voice is in your library.", "good"),
    State.CANCELLED: Words("Cancelled before anything was sent.", "quiet"),
}


def _span(seconds: float) -> str:
    whole = max(1, ceil(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _unknown(job: CloneJob, now: datetime) -> Words:
    next_look = _span((job.due_at - now).total_seconds())
    return Words(
        f"{job.message or 'Althea did not answer.'} The voice may have been made all the same, so we look for it "
        f"before anything is sent again. Next look in {next_look}; you can leave this page.",
        "busy",
    )


def _failed(job: CloneJob, now: datetime) -> Words:
    told = job.message or "Althea did not accept this recording."
    return Words(f"{told} {NEXT_STEPS.get(job.problem, '')}".strip(), "bad")


TOLD_AT_THE_TIME = {
    State.READY: _ready,
    State.WAITING: _waiting,
    State.UNKNOWN: _unknown,
    State.FAILED: _failed,
}


def job_words(job: CloneJob, *, now: datetime) -> Words:
    """What is happening to the job now, for the person who asked for it."""
    state = State(job.state)
    voice = getattr(job, "voice", None)
    if voice is not None and voice.deleted_at is not None:
        return Words("The voice was made, and deleted since.", "quiet")
    return TOLD_AT_THE_TIME[state](job, now) if state in TOLD_AT_THE_TIME else FIXED[state]


def errors_to_mend(job: CloneJob) -> list[tuple[str, str]]:
    """(field, text) of what stopped a clone, for the form that sends it again; ("", text) for the whole form."""
    if job.state != State.FAILED:
        return []
    own = [(str(field), str(text)) for field, text in job.field_errors if field]
    return own or [("", job.message or "Althea did not accept this recording.")]
