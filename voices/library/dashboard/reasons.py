"""Labels for the outcomes of clones and the reasons of failures."""

from voices.models import State

OUTCOMES = {
    State.CREATED.value: "Created",
    State.FAILED.value: "Failed",
    State.CANCELLED.value: "Cancelled",
}
REASONS = {
    "key_refused": "Key refused",
    "forbidden": "Not allowed for the key",
    "blocked": "Blocked before reaching Althea",
    "no_allowance": "Plan or allowance used up",
    "name_taken": "Name taken",
    "limit_reached": "No free slot",
    "invalid": "Refused by Althea",
    "gone": "Not found at Althea",
    "throttled": "Throttled too often",
    "not_sent": "Althea unreachable",
    "unknown": "Outcome unknown",
    "garbled": "Unexpected response",
    "crash": "Error in Voice Studio",
    "recording_lost": "Recording missing",
    "settings_lost": "Settings unreadable",
    "consent_ended": "Consent ended",
    "not_allowed": "Person can no longer clone",
    "not_approved": "Not approved",
}


def reason_text(problem: str) -> str:
    """Return the label of a reason; an unknown reason itself."""
    return REASONS.get(problem) or problem.replace("_", " ").capitalize() or "Not given"


def reason_in_sentence(problem: str) -> str:
    """Return the label in lower case, for use within a sentence: `no free slot`."""
    text = reason_text(problem)
    return text if text.startswith("Althea") else text[:1].lower() + text[1:]
