"""Request bodies: typed keywords and their JSON."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from voices.althea.errors import NotSentError
from voices.althea.types import SampleFile
from voices.kit.secret import Secret


class VoiceChanges(TypedDict, total=False):
    """Changeable fields of a voice; omitted ones stay. None clears a description or language."""

    name: str
    description: str | None
    primary_language: str | None
    definition: Mapping[str, Any]


def voice_body(
    *,
    name: str,
    definition: Mapping[str, Any],
    description: str | None = None,
    primary_language: str | None = None,
) -> Mapping[str, Any]:
    """Return the JSON object that defines a voice, without the fields that are None."""
    optional = {"description": description, "primaryLanguage": primary_language}
    return {
        "name": name,
        "definition": definition,
        **{field: text for field, text in optional.items() if text is not None},
    }


def camel(name: str) -> str:
    """Return a field name in the API's spelling: `primary_language` -> `primaryLanguage`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def secrets_in(value: object) -> Iterator[Secret]:
    """Yield the secrets of a body; of a header as `Bearer ...` the token as well, which may be quoted alone."""
    if isinstance(value, Secret):
        yield value
        if " " in value.reveal():
            yield Secret(value.reveal().rpartition(" ")[2])
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from secrets_in(inner)


def json_content(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON body as keyword arguments of an httpx request.

    Secrets become plain text only here, in no local variable that a traceback page could print.
    """
    return {
        "content": json.dumps(body, default=_plain).encode("ascii"),
        "headers": {"Content-Type": "application/json"},
    }


def secret_json(value: Mapping[str, Any]) -> Secret:
    """Return the JSON of an object whose secrets are `Secret`s, as a secret."""
    return Secret(json.dumps(value, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON.")


def check_size(sample: SampleFile) -> None:
    """Raise NotSentError for a recording that cannot be read, or is no longer as long as it was."""
    try:
        sample.file.seek(0, io.SEEK_END)
        size = sample.file.tell()
    except (OSError, ValueError) as exc:
        raise NotSentError("The stored recording can't be read.") from exc
    if size != sample.size:
        raise NotSentError("The stored recording doesn't have its original length.", permanent=True)
