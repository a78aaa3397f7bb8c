"""What the two pages that change a voice at Althea share: its name and description, and its provider's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from voices.library.history import last_change
from voices.models import Voice
from voices.web.http import StudioRequest, redirect_after_post


@dataclass(frozen=True)
class Conflict:
    """A value that someone else changed: the person's own, None if unchanged, and the current one."""

    label: str
    yours: str | None
    now: str


def to_voice(request: StudioRequest, voice: Voice, message: str = "") -> HttpResponse:
    """Redirect to the voice's page, which says that message."""
    if message:
        messages.info(request, message)
    return redirect_after_post(request, reverse("voices:voice", args=[voice.pk]))


def change_context(voice: Voice, *, refusal: str) -> dict[str, Any]:
    """Return what both pages show of the voice, and why it can't be changed."""
    return {"page": "library", "voice": voice, "refusal": refusal, "is_public": voice.is_public}


def conflict_context(voice: Voice, conflicts: Sequence[Conflict], *, is_elsewhere: bool) -> Mapping[str, Any]:
    """Return what both pages show of a conflict; with a change that is not in the library, nobody knows by whom."""
    change = None if is_elsewhere else last_change(voice)
    return {"conflicts": conflicts, "change": change, "is_conflict": True}
