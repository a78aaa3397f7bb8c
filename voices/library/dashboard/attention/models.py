"""Deprecated or retired models that voices of the team still use."""

from collections.abc import Iterator

from voices.access import Verb, may
from voices.library.dashboard.attention.base import Action, Attention, Item, number, some
from voices.library.dashboard.links import Link, library
from voices.library.dashboard.reading import Reading
from voices.providers.ageing import AgeingState
from voices.providers.models import ageing_models


def find(reading: Reading) -> Iterator[Item]:
    """Yield an item for each ageing model that the team's own voices use, the most used first."""
    used = [
        (model, count) for model, count in reading.voices.models.most_common() if model in ageing_models()
    ]
    everything = library(model="ageing")
    yield from some(
        used,
        lambda one: _item(reading, *one),
        lambda rest: Item(f"{rest} more models are deprecated or retired.", tone="warn", link=everything),
    )


def _item(reading: Reading, model: str, count: int) -> Item:
    provider, ageing = ageing_models()[model]
    today = reading.now.date()
    is_retired = ageing.state_on(today) is AgeingState.RETIRED
    return Item(
        f"{ageing.in_words(today)}: {number(count, 'voice uses', 'voices use')} it.",
        model,
        f"{provider.label} recommends {ageing.replacement}.",
        tone="bad" if is_retired else "warn",
        link=library(model=model),
        action=_change(model) if may(reading.member, Verb.EDIT_VOICE) else None,
    )


def _change(model: str) -> Action:
    return Action("Change model", Link("voices:model-change", (("model", model),)), is_link=True)


ATTENTION = Attention(name="models", position=70, find=find)
