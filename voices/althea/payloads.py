"""What is sent: the changes and filters as typed keywords, and their JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from voices.kit.secret import Secret


class VoiceFilters(TypedDict, total=False):
    """What a list of voices can be narrowed by; an empty value is left out, as the API refuses it."""

    ownership: str | None
    search: str | None
    provider: Sequence[str]
    primary_language: str | None
    billing_style: str | None
    page_size: int


class VoiceChanges(TypedDict, total=False):
    """What of a voice can be changed; what is not given stays. None empties a description or language."""

    name: str
    description: str | None
    primary_language: str | None
    definition: Mapping[str, Any]


class ProviderKeyChanges(TypedDict, total=False):
    """Own keys of the providers; None removes one, what is not given stays."""

    eleven_labs: Secret | None
    cartesia: Secret | None
    lmnt: Secret | None
    google: Secret | None
    inworld: Secret | None
    respeecher: Secret | None


def voice_body(
    *,
    name: str,
    definition: Mapping[str, Any],
    description: str | None = None,
    primary_language: str | None = None,
) -> Mapping[str, Any]:
    """Return the JSON object of a voice to be defined; what is None is left out."""
    optional = {"description": description, "primaryLanguage": primary_language}
    return {
        "name": name,
        "definition": definition,
        **{field: text for field, text in optional.items() if text is not None},
    }


def camel(name: str) -> str:
    """Return our name of a field as the API spells it: `primary_language` -> `primaryLanguage`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def json_content(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body as keywords of an httpx request.

    A Secret in it becomes text here, bound to no name that a traceback page could print.
    """
    return {
        "content": json.dumps(body, default=_plain).encode("ascii"),
        "headers": {"Content-Type": "application/json"},
    }


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON.")
