"""JSON from outside as values that can be stored: bounded, without NUL, without half characters."""

import json
from typing import Any


def read_json(content: bytes) -> object:
    """Return the JSON value in the bytes, made storable; ValueError when it is none (HTML, cut, too deep)."""
    try:
        # Not JSON, though Python reads and writes them: NaN and Infinity break a PostgreSQL column.
        value = json.loads(content, parse_constant=lambda _: None)
    except RecursionError as exc:
        raise ValueError("The JSON is nested too deep.") from exc
    return storable(value)


def storable(value: Any) -> Any:
    """Return the value with its texts free of NUL (PostgreSQL refuses it) and lone surrogates (no UTF-8)."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value
