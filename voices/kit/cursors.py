"""Keyset cursors: the position after the last row of a page, as one opaque word in a URL.

A cursor is not signed: it only says where to continue, never what may be seen. So whatever `decode` returns is
short, typed and safe to pass to a database; everything else is a `CursorError`.
"""

import base64
import binascii
import json

MAX_LENGTH = 4096

# The range of a bigint; beyond it the drivers raise OverflowError.
_BIGINT = 2**63

Values = tuple[str | int, ...]


class CursorError(ValueError):
    """The text is not a cursor of this sort order: start at the first page."""


def encode(sort: str, values: Values) -> str:
    """Return a URL-safe cursor for the sort values. Raise CursorError for values that would not decode."""
    if not all(_is_safe(value) for value in values):
        raise CursorError("These values cannot be written as a cursor.")
    written = json.dumps([sort, *values], ensure_ascii=False, separators=(",", ":")).encode()
    word = base64.urlsafe_b64encode(written).rstrip(b"=").decode("ascii")
    if len(word) > MAX_LENGTH:
        raise CursorError("These values are too long for a cursor.")
    return word


def decode(text: str, *, sort: str) -> Values:
    """Return the sort values that `encode` wrote for the same sort. Raise CursorError for anything else."""
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
