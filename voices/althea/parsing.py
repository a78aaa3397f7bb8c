"""Tolerant JSON accessors: a missing or mistyped field reads as empty, so it cannot spoil the whole response."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from voices.althea.errors import GarbledAnswerError


def cursor_of(next_url: str) -> str | None:
    """Return the cursor of the next page; None on the last one."""
    # Only the cursor is used: behind a white label `next` may name another host, which must not get the key.
    try:
        return parse_qs(urlsplit(next_url).query).get("cursor", [None])[0]
    except ValueError:
        return None


def object_of(value: object, what: str) -> dict[str, Any]:
    """Return the JSON object. Raise GarbledAnswerError, naming `what` was expected, for anything else."""
    if not isinstance(value, dict):
        raise GarbledAnswerError(f"Althea answered with something that is not {what}.")
    return value


def text_of(raw: Mapping[str, Any], key: str) -> str:
    """Return the string under the key, or "" if there is none."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def number_of(raw: Mapping[str, Any], key: str) -> int | None:
    """Return the integer under the key, or None if there is none."""
    value = raw.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping_of(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under the key, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}
