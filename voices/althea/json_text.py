"""JSON from outside as values that can be stored: bounded, without NUL, without half characters."""

import json
from math import isfinite
from typing import Any


def read_json(content: bytes) -> Any:
    """Return the JSON value in the bytes, made storable; ValueError when it is none (HTML, cut, too deep)."""
    try:
        return storable(json.loads(content))
    except RecursionError as exc:
        raise ValueError("The JSON is nested too deep.") from exc


def storable(value: Any) -> Any:
    """Return the value without what a JSON column refuses: NUL and lone surrogates in texts, NaN, Infinity."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value
