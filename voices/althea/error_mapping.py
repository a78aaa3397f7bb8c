"""Maps a response other than 2xx to the error tree by its status, body and Retry-After.

The API document lists no error responses, so the body may be a JSON object, array or string, HTML, or empty.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from itertools import islice
from typing import TypeAlias

from voices.althea.errors import (
    AltheaError,
    BlockedError,
    GarbledAnswerError,
    GoneError,
    InvalidFieldsError,
    KeyRefusedError,
    LimitReachedError,
    NameTakenError,
    NoAllowanceError,
    NotAllowedError,
    ThrottledError,
    UnknownOutcomeError,
)
from voices.althea.json_text import read_json
from voices.althea.masking import mask_text
from voices.althea.page_text import text_of_page
from voices.althea.refusal_wording import (
    says_blocked,
    says_key_wrong,
    says_limit,
    says_not_allowed,
    says_plan,
    says_taken,
    says_throttled,
)
from voices.kit.secret import Secret

Fields: TypeAlias = tuple[tuple[str, str], ...]
Kind: TypeAlias = tuple[type[AltheaError], str]

MAX_TEXT = 300
MAX_FIELD = 60  # the API's own names are shorter
MAX_FIELDS = 20
MAX_DEPTH = 6
DEFAULT_WAIT_SECONDS = 5.0
MAX_WAIT_SECONDS = 600.0


class Subject(StrEnum):
    """The subject of a request, for the sentence about its failure."""

    VOICE = "this voice"
    VOICES = "its list of voices"
    PREVIEW = "a preview of this voice"
    ACCOUNT = "the account of this key"
    AGENT = "this agent"
    AGENTS = "its list of agents"
    USAGE = "the calls of this voice"
    PROVIDER_KEYS = "the account's provider keys"


_KEY_REFUSED: Kind = (KeyRefusedError, "Althea refused this key.")
_NOT_ALLOWED: Kind = (NotAllowedError, "Althea doesn't allow this key to do that.")
_BLOCKED: Kind = (BlockedError, "A proxy or firewall blocked the request to Althea.")
_NO_ALLOWANCE: Kind = (NoAllowanceError, "No allowance left, or the plan doesn't include this.")
_GONE: Kind = (GoneError, "Althea can't find {subject}.")
_INVALID: Kind = (InvalidFieldsError, "Althea refused the request.")
_BY_STATUS: Mapping[int, Kind] = {
    402: _NO_ALLOWANCE,
    404: _GONE,
    405: (InvalidFieldsError, "Althea doesn't allow this."),
    408: (UnknownOutcomeError, "Althea didn't receive the whole request in time."),
    410: _GONE,
    413: (InvalidFieldsError, "The file is too large for Althea."),
    415: (InvalidFieldsError, "Althea doesn't accept this type of file."),
}
_REFUSALS = frozenset({400, 409, 422})
_OF_KEYS = frozenset({401, 403})

# Keys that frameworks use for the message itself; they do not name a form field.
_WRAPPERS = frozenset({"detail", "message", "msg", "error", "errors", "non_field_errors"})


def error_for(
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    subject: Subject = Subject.VOICE,
    hidden: Sequence[Secret] = (),
) -> AltheaError:
    """Return the error for a response other than 2xx, with the `hidden` secrets masked in its texts."""
    fields = flatten(body, hidden=hidden)
    retry_after = headers.get("retry-after")
    is_throttled = status == 429 or (status in _OF_KEYS and says_throttled(fields))
    if is_throttled or (status == 503 and retry_after is not None):
        wait = wait_seconds(retry_after, now=now)
        message = with_details("Althea is busy. Try again later.", fields)
        return ThrottledError(message, retry_after_seconds=wait, status=status, fields=fields)
    if status in _OF_KEYS and not fields:
        fields = _short_text(body, hidden=hidden)
        kind, sentence = _KEY_REFUSED if says_key_wrong(fields) else _BLOCKED
    else:
        kind, sentence = _kind_of(status, fields)
    speaker = "It" if kind is BlockedError else "Althea"
    if status in _REFUSALS and not fields and (words := text_of_page(body, hidden=hidden)):
        fields, speaker = (("", words),), "The answer"  # a provider's own page, perhaps
    message = with_details(sentence.format(subject=subject), fields, speaker=speaker)
    return kind(message, status=status, fields=fields)


def _kind_of(status: int, fields: Fields) -> Kind:
    if status in _REFUSALS | _OF_KEYS | {402} and says_limit(fields):
        return LimitReachedError, "This Althea account has reached its voice limit."
    if status in _OF_KEYS:
        return _kind_of_key_refusal(fields)
    if status in _REFUSALS:
        return _kind_of_refusal(fields)
    if status < 400:
        return (
            GarbledAnswerError,
            "Althea answered with a redirect. Check the Althea address in the settings.",
        )
    if status >= 500:
        return UnknownOutcomeError, f"Althea had an internal error (status {status})."
    return _BY_STATUS.get(status, _INVALID)


def _kind_of_refusal(fields: Fields) -> Kind:
    if says_taken(fields):
        return NameTakenError, "This Althea account already has a voice with this name."
    return _NO_ALLOWANCE if says_plan(fields) else _INVALID


def _kind_of_key_refusal(fields: Fields) -> Kind:
    # The plainest words first: "Access denied due to an invalid API key" is about the key.
    if says_key_wrong(fields):
        return _KEY_REFUSED
    if says_plan(fields):
        return _NO_ALLOWANCE
    if says_blocked(fields):
        return _BLOCKED
    return _NOT_ALLOWED if says_not_allowed(fields) else _KEY_REFUSED


def with_details(sentence: str, fields: Fields, *, speaker: str = "Althea") -> str:
    """Return the sentence, followed by the speaker's own words."""
    words = " ".join(f"{field}: {text}" if field else text for field, text in fields)
    return f"{sentence} {speaker} said: {words[:MAX_TEXT]}" if words else sentence


def flatten(body: bytes, *, hidden: Sequence[Secret] = ()) -> Fields:
    """Return at most 20 (field, text) pairs from an error body of any shape; () for HTML or an empty body."""
    try:
        value = read_json(body, hidden=hidden)
    except ValueError:
        return ()
    pairs = islice(_walk(value, field="", depth=0), MAX_FIELDS)
    return tuple((field, text[:MAX_TEXT]) for field, text in pairs)


def _short_text(body: bytes, *, hidden: Sequence[Secret]) -> Fields:
    """Return a body that is one line of plain text, as proxies send; () for a page of HTML and for anything long."""
    if len(body) > MAX_TEXT:
        return ()
    text = " ".join(mask_text(body.decode("utf-8", "replace"), hidden).split())
    is_plain = text.isprintable() and not {"<", "\ufffd"} & set(text)
    return (("", text),) if text and is_plain else ()


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
    path = f"{field}.{key}" if field else key
    return path if len(path) <= MAX_FIELD else field


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
