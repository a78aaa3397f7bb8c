"""Reading JSON tolerantly: what is absent or of another type is empty, so that one odd field costs no answer."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from voices.althea.errors import GarbledAnswerError


def cursor_of(next_url: str) -> str | None:
    """Return the cursor of the page after this one; None at the end."""
    # Only the cursor is taken: on a white label `next` may name another host, and the key stays on ours.
    try:
        return parse_qs(urlsplit(next_url).query).get("cursor", [None])[0]
    except ValueError:
        return None


def object_of(value: object, what: str) -> dict[str, Any]:
    """Return the JSON object; GarbledAnswerError, naming `what` was asked for, when it is none."""
    if not isinstance(value, dict):
        raise GarbledAnswerError(f"Althea answered with something that is not {what}.")
    return value


def text_of(raw: Mapping[str, Any], key: str) -> str:
    """Return the text under that key, "" where there is none."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def number_of(raw: Mapping[str, Any], key: str) -> int | None:
    """Return the whole number under that key, None where there is none."""
    value = raw.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping_of(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under that key, empty where there is none."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}
