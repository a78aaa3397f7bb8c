"""Who changed a voice last, and which clone was asked for in its place."""

from dataclasses import dataclass
from datetime import datetime

from voices.models import CloneJob, User, Voice

FORMER_MEMBER = "Someone who left"


@dataclass(frozen=True)
class Change:
    """Who changed something, and when. `who` is "" for a change at Althea: `at` is then when we learnt of it."""

    who: str
    at: datetime


def last_change(voice: Voice) -> Change:
    """Return who made the voice's name, description and language what they are now."""
    if voice.edited_at is None:
        return Change("", voice.changed_at)
    return Change(_name(voice.edited_by), voice.edited_at)


def last_note(voice: Voice) -> Change | None:
    """Return who wrote the voice's note last, and when; None if nobody has."""
    return Change(_name(voice.notes_by), voice.notes_at) if voice.notes_at else None


def _name(user: User | None) -> str:
    return user.shown_name if user else FORMER_MEMBER


def latest_reclone(voice: Voice) -> CloneJob | None:
    """Return the newest clone that was asked for in place of the voice, with its own voice read ahead."""
    return voice.reclones.select_related("voice").order_by("-created_at").first()
