"""The team's own voices that use a model."""

from dataclasses import dataclass

from voices.models import Membership, Voice

MAX_VOICES = 500  # each is a form field, of which a form has at most 1,000


@dataclass(frozen=True)
class ModelUse:
    """The newest voices that use a model, and whether there are more."""

    voices: tuple[Voice, ...]
    has_more: bool


def use_of(member: Membership, model: str) -> ModelUse:
    """Return the voices that use the model, with `account` and `steward`, including retired and quarantined ones."""
    rows = (
        Voice.objects.of_team(member.team).custom().filter(model=model).select_related("account", "steward")
    )
    found = list(rows.defer("raw", "search_text", "notes").order_by("-created_at", "-id")[: MAX_VOICES + 1])
    return ModelUse(tuple(found[:MAX_VOICES]), len(found) > MAX_VOICES)
