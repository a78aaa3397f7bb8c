"""Keyset cursors: the place after the last row of a page, as one opaque word of a URL.

A cursor is not signed: it only says where to go on, never what may be seen. So whatever decoding lets
out is short, typed and safe to hand to a database; everything else is a `CursorError`.
"""

import base64
import binascii
import json

MAX_LENGTH = 4096

# What SQLite and PostgreSQL hold in a bigint; beyond it the driver raises OverflowError.
_BIGINT = 2**63

Values = tuple[str | int, ...]


class CursorError(ValueError):
    """The text is no cursor of this sort order: begin again at the first page."""


def encode(sort: str, values: Values) -> str:
    """Return the url-safe word for these sort values; `CursorError` for values that would not decode."""
    if not all(_is_safe(value) for value in values):
        raise CursorError("These values cannot be written as a cursor.")
    written = json.dumps([sort, *values], ensure_ascii=False, separators=(",", ":")).encode()
    word = base64.urlsafe_b64encode(written).rstrip(b"=").decode("ascii")
    if len(word) > MAX_LENGTH:
        raise CursorError("These values are too long for a cursor.")
    return word


def decode(text: str, *, sort: str) -> Values:
    """Return the sort values written by `encode` for the same sort; `CursorError` for anything else."""
    parts = _read(text)
    if not isinstance(parts, list) or not parts or parts[0] != sort:
        raise CursorError("This link belongs to another list.")
    if not all(_is_safe(value) for value in parts[1:]):
        raise CursorError("This link is damaged.")
    return tuple(parts[1:])


def _read(text: str) -> object:
    if not text or len(text) > MAX_LENGTH:
        raise CursorError("This link is damaged.")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise CursorError("This link is damaged.") from exc


def _is_safe(value: object) -> bool:
    # bool is an int to Python; NUL is refused by PostgreSQL, lone surrogates by every driver.
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    return type(value) is int and -_BIGINT <= value < _BIGINT
