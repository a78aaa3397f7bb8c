"""The models that speak: which one a definition names, and which of them are ageing."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from voices.providers.ageing import Ageing
from voices.providers.base import Provider
from voices.providers.registry import providers

MAX_MODEL = 80


def model_of(definition: Any) -> str:
    """Return the model that a definition names; "" if it names none, or more than the column holds."""
    if not isinstance(definition, Mapping) or len(definition) != 1:
        return ""
    key, settings = next(iter(definition.items()))
    provider = providers().get(key)
    if provider is None or not provider.model_field or not isinstance(settings, Mapping):
        return ""
    model = settings.get(provider.model_field)
    return model if isinstance(model, str) and len(model) <= MAX_MODEL and "\0" not in model else ""


def with_model(definition: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the same definition with another model; only for one that names a model."""
    ((key, settings),) = definition.items()
    return {key: {**settings, providers()[key].model_field: model}}


@cache
def ageing_models() -> Mapping[str, tuple[Provider, Ageing]]:
    """Return every ageing model by its name, with the provider whose it is."""
    return {model.name: (provider, model) for provider in providers().values() for model in provider.ageing}


def find_ageing(model: str) -> Ageing | None:
    """Return what is known about an ageing model; None for any other."""
    _, found = ageing_models().get(model, (None, None))
    return found


def ageing_sentence(model: str, today: date) -> str:
    """Return `sonic-english was retired on 1 June 2026. Cartesia recommends sonic-3.5.`; "" if it is not ageing."""
    if model not in ageing_models():
        return ""
    provider, found = ageing_models()[model]
    return f"{model} {found.in_words(today)}. {provider.label} recommends {found.replacement}."
