"""The team's own voices that name a model."""

from dataclasses import dataclass

from voices.models import Membership, Voice

MAX_VOICES = 500  # with a box each: a form takes 1,000 fields


@dataclass(frozen=True)
class ModelUse:
    """The newest voices that name a model, and whether there are more."""

    voices: tuple[Voice, ...]
    has_more: bool


def use_of(member: Membership, model: str) -> ModelUse:
    """Return the voices that name the model, with `account` and `steward`; retired and quarantined ones too."""
    rows = (
        Voice.objects.of_team(member.team).custom().filter(model=model).select_related("account", "steward")
    )
    found = list(rows.defer("raw", "search_text", "notes").order_by("-created_at", "-id")[: MAX_VOICES + 1])
    return ModelUse(tuple(found[:MAX_VOICES]), len(found) > MAX_VOICES)
