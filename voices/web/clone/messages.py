"""Messages about the state of a clone job."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from voices.models import CloneJob, PreviewState, State


@dataclass(frozen=True)
class JobMessage:
    """A sentence and its tone: busy, good, bad or quiet."""

    sentence: str
    tone: str


def _waiting(job: CloneJob, now: datetime) -> JobMessage:
    seconds = max(1, ceil((job.due_at - now).total_seconds()))
    if job.problem == "throttled":
        return JobMessage(f"Waiting {_duration(seconds)}, as Althea asked.", "busy")
    return JobMessage(f"{job.message} Trying again in {seconds} s.", "busy")


def _ready(job: CloneJob, now: datetime) -> JobMessage:
    late = (now - job.due_at).total_seconds() > 30
    return JobMessage(
        "Still queued: no worker has picked it up." if late else "Queued. Sending next.", "busy"
    )


SENDING = "Althea is creating the voice. This can take a minute or two."
NOT_ACCEPTED = "Althea didn't accept what was sent."
KEPT = {"recording": "Your recording is saved.", "settings": "Your settings are saved."}
NEXT_STEPS = {
    "forbidden": "Allow it for this key at Althea or use another key, then try again.",
    "blocked": "Ask whoever runs Voice Studio to allow connections to Althea, then try again.",
    "key_refused": "Test or replace the key on the Keys page, then try again.",
    "no_allowance": "Check the account's plan at Althea, then try again.",
    "limit_reached": "Delete a voice there or use another key, then try again.",
    "not_approved": "Edit and resend it if you still need it. {kept}",
    "consent_ended": "Edit and resend it with a valid consent. {kept}",
    "invalid": "Edit and resend it. {kept}",
    "not_sent": "Nothing was sent. Try again in a moment.",
    "throttled": "No voice was created. Try again later.",
}
FIXED_MESSAGES = {
    State.HELD: JobMessage(
        "Waiting for another editor or admin to approve it. Nothing is sent until then.", "quiet"
    ),
    State.SENDING: JobMessage(SENDING, "busy"),
    State.CANCELLED: JobMessage("Cancelled before anything was sent.", "quiet"),
}


def _duration(seconds: float) -> str:
    whole = max(1, ceil(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _unknown(job: CloneJob, now: datetime) -> JobMessage:
    seconds = (job.due_at - now).total_seconds()
    next_check = f"Next check in {_duration(seconds)}." if seconds > 0 else "Checking now."
    doubt = "It may be the one just sent; we check that first."
    if job.problem != "name_taken":
        doubt = "It may have been created anyway; we check before resending."
    return JobMessage(
        f"{job.message or 'Althea did not answer.'} {doubt} {next_check} You can leave this page.", "busy"
    )


def _created(job: CloneJob, now: datetime) -> JobMessage:
    preview = getattr(getattr(job, "voice", None), "preview", None)
    if preview is None or preview.state != PreviewState.FAILED:
        return JobMessage("The voice is in your library.", "good")
    why = preview.problem or "Althea didn't send one."
    return JobMessage(f"The voice is in your library; its preview couldn't be fetched: {why}", "good")


def _failed(job: CloneJob, now: datetime) -> JobMessage:
    what = "recording" if job.is_clone else "settings"
    message = job.message or NOT_ACCEPTED
    next_step = NEXT_STEPS.get(job.problem, "").format(kept=KEPT[what])
    return JobMessage(f"{message} {next_step}".strip(), "bad")


MESSAGE_BUILDERS = {
    State.READY: _ready,
    State.WAITING: _waiting,
    State.UNKNOWN: _unknown,
    State.CREATED: _created,
    State.FAILED: _failed,
}


def job_message(job: CloneJob, *, now: datetime) -> JobMessage:
    """Return what is happening to the job now, for the person who started it."""
    state = State(job.state)
    voice = getattr(job, "voice", None)
    if voice is not None and voice.deleted_at is not None:
        return JobMessage("The voice was created and later deleted.", "quiet")
    return MESSAGE_BUILDERS[state](job, now) if state in MESSAGE_BUILDERS else FIXED_MESSAGES[state]


def errors_to_fix(job: CloneJob) -> list[tuple[str, str]]:
    """Return a failed clone's errors as (field, text); the field is "" for the whole form."""
    if job.state != State.FAILED:
        return []
    own = [(str(field), str(text)) for field, text in job.field_errors if field]
    return own or [("", job.message or NOT_ACCEPTED)]
