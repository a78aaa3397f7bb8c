"""What Althea says, as frozen values with the raw answer kept; unknown keys and enum values are accepted.

An absent or null text is "", so a caller that must tell them apart asks `raw`. Neither `raw` nor `definition` is
part of a repr: the headers of a generic definition can hold a provider's secrets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from voices.althea.errors import GarbledAnswerError

# Ids become part of a URL, so nothing that changes a path may be in one. Althea's are UUIDs.
_VOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A voice as Althea describes it; only `voice_id` and `name` are sure to be there."""

    voice_id: str
    name: str
    description: str
    primary_language: str
    language_label: str
    preview_url: str
    ownership: str
    billing_style: str
    provider: str
    definition: Mapping[str, Any] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "Voice":
        """Return the voice in a parsed answer; GarbledAnswerError without a usable id and name."""
        raw = _object(value, "a voice")
        voice_id, name = _text(raw, "voiceId"), _text(raw, "name")
        if not is_voice_id(voice_id) or not name:
            raise GarbledAnswerError("Althea answered with a voice that has no id or no name.")
        return cls(
            voice_id=voice_id,
            name=name,
            description=_text(raw, "description"),
            primary_language=_text(raw, "primaryLanguage"),
            language_label=_text(raw, "languageLabel"),
            preview_url=_text(raw, "previewUrl"),
            ownership=_text(raw, "ownership"),
            billing_style=_text(raw, "billingStyle"),
            provider=_text(raw, "provider"),
            definition=_mapping(raw, "definition"),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class VoicePage:
    """One page of voices; `skipped` counts entries without id or name, `next_cursor` is None at the end."""

    voices: tuple[Voice, ...]
    next_cursor: str | None
    total: int | None
    skipped: int
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "VoicePage":
        """Return the page in a parsed answer; GarbledAnswerError when it holds no list of results."""
        raw = _object(value, "a list of voices")
        results = raw.get("results")
        if not isinstance(results, list):
            raise GarbledAnswerError("Althea answered with a list of voices that has no results.")
        voices = tuple(voice for voice in map(_voice_or_none, results) if voice)
        return cls(
            voices=voices,
            next_cursor=_cursor_of(_text(raw, "next")),
            total=_number(raw, "total"),
            skipped=len(results) - len(voices),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account behind a key; `allowed_voices` None means that Althea names no limit."""

    account_id: str
    name: str
    allowed_voices: int | None
    active_calls: int | None
    has_active_subscription: bool
    subscription_tier: str
    free_time_remaining: str
    billing_url: str
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "Account":
        """Return the account in a parsed answer; GarbledAnswerError without its id: it proves no key."""
        raw = _object(value, "an account")
        if not _text(raw, "accountId"):
            raise GarbledAnswerError("Althea answered with an account that has no id.")
        return cls(
            account_id=_text(raw, "accountId"),
            name=_text(raw, "name"),
            allowed_voices=_number(raw, "allowedVoices"),
            active_calls=_number(raw, "activeCalls"),
            has_active_subscription=raw.get("hasActiveSubscription") is True,
            subscription_tier=_text(raw, "subscriptionTier"),
            free_time_remaining=_text(raw, "freeTimeRemaining"),
            billing_url=_text(raw, "billingUrl"),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class ProviderKeys:
    """The shown prefixes of the providers' own keys, by the API's name (`elevenLabs`); absent when unset."""

    prefixes: Mapping[str, str]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "ProviderKeys":
        """Return the prefixes in a parsed answer; GarbledAnswerError when it is no object."""
        raw = _object(value, "provider keys")
        entries = {name: _text(entry, "prefix") for name, entry in raw.items() if isinstance(entry, dict)}
        return cls(prefixes={name: prefix for name, prefix in entries.items() if prefix}, raw=raw)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A short recording of a voice; the type is told by its first bytes: audio/wav or audio/mpeg."""

    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, kw_only=True)
class SampleFile:
    """The recording to clone: a seekable binary file and its size in bytes; read in pieces, never closed."""

    file: BinaryIO
    filename: str
    content_type: str
    size: int


def is_voice_id(text: str) -> bool:
    """Say whether the text can be a voice's id and stand in a URL as it is."""
    return _VOICE_ID.fullmatch(text) is not None


def _voice_or_none(value: object) -> Voice | None:
    try:
        return Voice.from_json(value)
    except GarbledAnswerError:
        return None


def _cursor_of(next_url: str) -> str | None:
    # Only the cursor is taken: on a white label `next` may name another host, and the key stays on ours.
    try:
        return parse_qs(urlsplit(next_url).query).get("cursor", [None])[0]
    except ValueError:
        return None


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GarbledAnswerError(f"Althea answered with something that is not {what}.")
    return value


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _number(raw: Mapping[str, Any], key: str) -> int | None:
    value = raw.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}
