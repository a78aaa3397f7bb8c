"""Values of settings, and names of unknown settings, as text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from voices.kit.names import clean_name
from voices.providers.base import Field, Kind
from voices.providers.redaction import hide_in_address, hide_in_text

MAX_VALUE = 300
MAX_LABEL = 80
_MAX_BITS = 256  # str() of a huge int is quadratic and, past 4300 digits, raises
_MAX_ITEMS = 50
_MAX_READ = 20_000  # of a text that is cut to 300; cleaning costs 0.2 µs per letter

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+")


def cut(text: str, length: int) -> str:
    """Return the text on one clean line of at most `length` characters, with an ellipsis if cut."""
    line = clean_name(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def name_as_written(name: str) -> str:
    """Return the name on one clean line, hiding secrets that somebody entered as a name."""
    return hide_in_text(clean_name(name[:1000]))


def name_in_words(name: str) -> str:
    """Return `Use speaker boost` for `useSpeakerBoost`: for names that no provider file lists."""
    words = [word for word in _WORDS.split(name_as_written(name)) if word]
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return cut(text[:1].upper() + text[1:], MAX_LABEL) or "Unnamed"


def value_in_words(value: Any, field: Field | None) -> str:
    """Return the value as text of at most 300 characters, with secrets hidden. Never raise."""
    if isinstance(value, str):
        words = _text(value, field)
    elif isinstance(value, list | tuple):
        words = ", ".join(value_in_words(item, field) for item in value[:_MAX_ITEMS])
    else:
        words = _plain(value, field)
    return cut(words, MAX_VALUE) or "Empty"


def _plain(value: Any, field: Field | None) -> str:
    if value is None:
        return "Not set"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return _number(value, field)
    return "Empty" if isinstance(value, Mapping | Sequence) and not value else "Can't be shown"


def _number(value: float, field: Field | None) -> str:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return "A very large number"
    if field is None:
        return _digits(value)
    words, remarks = with_unit(value, field), []
    if not field.allows(value):
        return f"{words} (should be {field.range})"
    # A range with one end does not help to place the number.
    if field.minimum is not None and field.maximum is not None:
        remarks.append(field.range)
    if field.default is not None and value == field.default:
        remarks.append("default")
    return f"{words} ({', '.join(remarks)})" if remarks else words


def with_unit(value: float, field: Field) -> str:
    """Return the number as a person writes it: `1.02×`, `24,000 Hz`."""
    text = f"{value:,}" if field.unit == "Hz" else _digits(value)
    return f"{text}{field.unit}" if field.unit == "×" else f"{text} {field.unit}".strip()


def _digits(value: float) -> str:
    return str(int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value)


def _text(value: str, field: Field | None) -> str:
    # Cleaned first: a zero-width letter inside a secret would hide it from the patterns, then be removed.
    text = clean_name(value[:_MAX_READ])
    if field is None:
        return hide_in_text(text)
    if field.kind == Kind.URL:
        return hide_in_address(text)
    return dict(field.choices).get(text) or hide_in_text(text, is_known=True)
