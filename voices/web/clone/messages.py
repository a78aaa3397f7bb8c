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
        return Words(f"Waiting {_span(seconds)}, as Althea asked.", "busy")
    return Words(f"{job.message} Trying again in {seconds} s.", "busy")


def _ready(job: CloneJob, now: datetime) -> Words:
    late = (now - job.due_at).total_seconds() > 30
    return Words(
        "Still queued: no worker has picked it up." if late else "Queued. Sending next.", "busy"
    )


SENDING = "Althea is creating the voice. This can take a minute or two."
NEXT_STEPS = {
    "key_refused": "Test or replace the key on the Keys page, then try again.",
    "no_allowance": "Check the account's plan at Althea, then try again.",
    "limit_reached": "Delete a voice there or use another key, then try again.",
    "invalid": "Edit and resend it. Your recording is saved.",
    "not_sent": "Nothing was sent. Try again in a moment.",
    "throttled": "No voice was created. Try again later.",
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
        f"{job.message or 'Althea did not answer.'} It may have been created anyway; we check before "
        f"resending. Next check in {next_look}. You can leave this page.",
        "busy",
    )


def _failed(job: CloneJob, now: datetime) -> Words:
    told = job.message or "Althea didn't accept this recording."
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
        return Words("The voice was created and later deleted.", "quiet")
    return TOLD_AT_THE_TIME[state](job, now) if state in TOLD_AT_THE_TIME else FIXED[state]


def errors_to_mend(job: CloneJob) -> list[tuple[str, str]]:
    """(field, text) of what stopped a clone, for the form that sends it again; ("", text) for the whole form."""
    if job.state != State.FAILED:
        return []
    own = [(str(field), str(text)) for field, text in job.field_errors if field]
    return own or [("", job.message or "Althea didn't accept this recording.")]
