"""Parses foreign JSON into values that a JSON column accepts: no NUL, no lone surrogates, no NaN."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

from voices.althea.masking import mask_json
from voices.kit.secret import Secret


def read_json(content: bytes, *, hidden: Sequence[Secret] = ()) -> Any:
    """Return the parsed, storable JSON value with the `hidden` secrets masked.

    Raise ValueError for anything else (HTML, truncated, too deep).
    """
    try:
        return mask_json(storable(json.loads(content)), content, hidden)
    except RecursionError as exc:
        raise ValueError("The JSON is nested too deeply.") from exc


def storable(value: Any) -> Any:
    """Return the value without what a JSON column refuses: NUL, lone surrogates, NaN and Infinity."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value
