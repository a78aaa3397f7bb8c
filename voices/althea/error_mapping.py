"""Maps a response other than 2xx to the error tree by its status, body and Retry-After.

The API document lists no error responses, so the body may be a JSON object, array or string, HTML, or empty.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TypeAlias

from voices.althea.errors import (
    AltheaError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    LimitReachedError,
    NameTakenError,
    NoAllowanceError,
    ThrottledError,
    UnknownOutcomeError,
)
from voices.althea.json_text import read_json
from voices.kit.secret import Secret

Fields: TypeAlias = tuple[tuple[str, str], ...]

MAX_TEXT = 300
MAX_FIELDS = 20
MAX_DEPTH = 6
DEFAULT_WAIT_SECONDS = 5.0
MAX_WAIT_SECONDS = 600.0

_KEY_REFUSED = "Althea refused this key."
_GONE = "Althea can't find this voice."
_NOT_DONE = "Althea refused the request."
_BY_STATUS: Mapping[int, tuple[type[AltheaError], str]] = {
    401: (KeyRefusedError, _KEY_REFUSED),
    402: (
        NoAllowanceError,
        "No allowance left, or the plan doesn't include this.",
    ),
    403: (KeyRefusedError, _KEY_REFUSED),
    404: (GoneError, _GONE),
    405: (InvalidFieldsError, "Althea doesn't allow this for this voice."),
    408: (UnknownOutcomeError, "Althea did not receive the whole request in time."),
    410: (GoneError, _GONE),
    413: (InvalidFieldsError, "The file is too large for Althea."),
    415: (InvalidFieldsError, "Althea doesn't accept this type of file."),
}
_REFUSALS = frozenset({400, 403, 409, 422})

# Keys that frameworks use for the message itself; they do not name a form field.
_WRAPPERS = frozenset({"detail", "message", "msg", "error", "errors", "non_field_errors"})

# The API document does not say how Althea words a taken name or a full account: recognise them by keywords.
_TAKEN = re.compile(r"\b(already|exists|unique|taken|duplicate|in use)\b", re.IGNORECASE)
_OF_NAME = re.compile(r"\b(names?|voice|duplicate key)\b", re.IGNORECASE)
_LIMIT = re.compile(r"\b(limit|maximum number|allowed|too many|quota)\b", re.IGNORECASE)
_OF_VOICES = re.compile(r"\b(voices?|clones?|account|plan|subscription)\b", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(files?|size|bytes|[km]i?b|characters?|seconds?|formats?|types?|extensions?|methods?)\b",
    re.IGNORECASE,
)


def error_for(
    *, status: int, headers: Mapping[str, str], body: bytes, now: datetime, hidden: Sequence[Secret] = ()
) -> AltheaError:
    """Return the error for a response other than 2xx, with the `hidden` secrets masked in its texts."""
    fields = flatten(body, hidden=hidden)
    retry_after = headers.get("retry-after")
    if status == 429 or (status == 503 and retry_after is not None):
        wait = wait_seconds(retry_after, now=now)
        message = _with_details("Althea is busy. Try again later.", fields)
        return ThrottledError(message, retry_after_seconds=wait, status=status, fields=fields)
    kind, sentence = _kind_of(status, fields)
    return kind(_with_details(sentence, fields), status=status, fields=fields)


def _kind_of(status: int, fields: Fields) -> tuple[type[AltheaError], str]:
    if status in _REFUSALS and _says_limit(fields):
        return LimitReachedError, "This Althea account has reached its voice limit."
    if status in _REFUSALS and status != 403 and _says_taken(fields):
        return NameTakenError, "This Althea account already has a voice with this name."
    if status < 400:
        return (
            GarbledAnswerError,
            "Althea answered with a redirect. Check the Althea address in the settings.",
        )
    if status >= 500:
        return UnknownOutcomeError, f"Althea had an internal error (status {status})."
    return _BY_STATUS.get(status, (InvalidFieldsError, _NOT_DONE))


def _says_taken(fields: Fields) -> bool:
    return any(_TAKEN.search(text) and (field == "name" or _OF_NAME.search(text)) for field, text in fields)


def _says_limit(fields: Fields) -> bool:
    # About the request as a whole only: "limit" beside a field is about that field's length.
    return any(
        not field and _LIMIT.search(text) and _OF_VOICES.search(text) and not _OF_OTHERS.search(text)
        for field, text in fields
    )


def _with_details(sentence: str, fields: Fields) -> str:
    words = " ".join(f"{field}: {text}" if field else text for field, text in fields)
    return f"{sentence} Althea said: {words[:MAX_TEXT]}" if words else sentence


def flatten(body: bytes, *, hidden: Sequence[Secret] = ()) -> Fields:
    """Return at most 20 (field, text) pairs from an error body of any shape; () for HTML or an empty body."""
    try:
        value = read_json(body)
    except ValueError:
        return ()
    pairs = islice(_walk(value, field="", depth=0), MAX_FIELDS)
    return tuple((field[:MAX_TEXT], _masked(text, hidden)[:MAX_TEXT]) for field, text in pairs)


def _walk(value: object, *, field: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH or value is None:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, field=_joined(field, key), depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, field=field, depth=depth + 1)
    elif text := " ".join(str(value).split()):
        yield field, text


def _joined(field: str, key: str) -> str:
    if key in _WRAPPERS:
        return field
    return f"{field}.{key}" if field else key


def _masked(text: str, hidden: Sequence[Secret]) -> str:
    # An API may quote what it refuses, and messages are logged, stored and displayed.
    for secret in hidden:
        if secret.reveal():
            text = text.replace(secret.reveal(), secret.masked)
    return text


def wait_seconds(value: str | None, *, now: datetime) -> float:
    """Return the seconds that Retry-After (seconds or HTTP date) asks to wait: 0 to 600, or 5 if unreadable."""
    text = (value or "").strip()
    seconds = (
        float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text) else _seconds_until(text, now=now)
    )
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS)


def _seconds_until(text: str, *, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return DEFAULT_WAIT_SECONDS
    return (aware - now).total_seconds()
