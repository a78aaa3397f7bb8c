"""The last change of a voice, and the latest clone that is to replace it."""

from dataclasses import dataclass
from datetime import datetime

from voices.models import CloneJob, User, Voice

FORMER_MEMBER = "Someone who left"


@dataclass(frozen=True)
class Change:
    """The author and time of a change. For a change at Althea `who` is "" and `at` when it was noticed."""

    who: str
    at: datetime


def last_change(voice: Voice) -> Change:
    """Return who last changed the voice's name, description or language."""
    if voice.edited_at is None:
        return Change("", voice.changed_at)
    return Change(_name(voice.edited_by), voice.edited_at)


def last_note(voice: Voice) -> Change | None:
    """Return who wrote the voice's note last, and when; None if nobody has."""
    return Change(_name(voice.notes_by), voice.notes_at) if voice.notes_at else None


def _name(user: User | None) -> str:
    return user.shown_name if user else FORMER_MEMBER


def latest_reclone(voice: Voice) -> CloneJob | None:
    """Return the latest clone that is to replace the voice, with the voice it created."""
    return voice.reclones.select_related("voice").order_by("-created_at").first()
