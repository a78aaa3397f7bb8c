"""Althea's responses as frozen values that keep the raw JSON; unknown keys and enum values are accepted.

An absent or null string is ""; a caller that must tell them apart reads `raw`. Neither `raw` nor `definition` is
part of a repr: the headers of a generic definition can hold a provider's secrets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from voices.althea.errors import GarbledAnswerError
from voices.althea.parsing import cursor_of, mapping_of, number_of, object_of, text_of

# IDs become part of a URL path, so they must not contain anything that changes it. Althea's are UUIDs.
_VOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A voice as Althea describes it; only `voice_id` and `name` are certain to be present."""

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

    def is_own(self, name: str) -> bool:
        """Whether it is the account's own voice of that name.

        A server that ignores the ownership filter must not get a stock voice adopted as a clone.
        """
        return self.name == name and self.ownership != "public"

    @classmethod
    def from_json(cls, value: object) -> "Voice":
        """Return the voice in parsed JSON. Raise GarbledAnswerError without a usable id and name."""
        raw = object_of(value, "a voice")
        voice_id, name = text_of(raw, "voiceId"), text_of(raw, "name")
        if not is_voice_id(voice_id) or not name:
            raise GarbledAnswerError("Althea answered with a voice that has no id or no name.")
        return cls(
            voice_id=voice_id,
            name=name,
            description=text_of(raw, "description"),
            primary_language=text_of(raw, "primaryLanguage"),
            language_label=text_of(raw, "languageLabel"),
            preview_url=text_of(raw, "previewUrl"),
            ownership=text_of(raw, "ownership"),
            billing_style=text_of(raw, "billingStyle"),
            provider=text_of(raw, "provider"),
            definition=mapping_of(raw, "definition"),
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
        """Return the page in parsed JSON. Raise GarbledAnswerError without a list of results."""
        raw = object_of(value, "a list of voices")
        results = raw.get("results")
        if not isinstance(results, list):
            raise GarbledAnswerError("Althea answered with a list of voices that has no results.")
        voices = tuple(voice for voice in map(_voice_or_none, results) if voice)
        return cls(
            voices=voices,
            next_cursor=cursor_of(text_of(raw, "next")),
            total=number_of(raw, "total"),
            skipped=len(results) - len(voices),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account behind a key; `allowed_voices` is None if Althea gives no limit."""

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
        """Return the account in parsed JSON. Raise GarbledAnswerError without its id, as that proves no key."""
        raw = object_of(value, "an account")
        if not text_of(raw, "accountId"):
            raise GarbledAnswerError("Althea answered with an account that has no id.")
        return cls(
            account_id=text_of(raw, "accountId"),
            name=text_of(raw, "name"),
            allowed_voices=number_of(raw, "allowedVoices"),
            active_calls=number_of(raw, "activeCalls"),
            has_active_subscription=raw.get("hasActiveSubscription") is True,
            subscription_tier=text_of(raw, "subscriptionTier"),
            free_time_remaining=text_of(raw, "freeTimeRemaining"),
            billing_url=text_of(raw, "billingUrl"),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class ProviderKeys:
    """The prefixes of the stored provider keys, by the API's name (`elevenLabs`); absent when unset."""

    prefixes: Mapping[str, str]
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, value: object) -> "ProviderKeys":
        """Return the prefixes in parsed JSON. Raise GarbledAnswerError if it is not an object."""
        raw = object_of(value, "provider keys")
        entries = {name: text_of(entry, "prefix") for name, entry in raw.items() if isinstance(entry, dict)}
        return cls(prefixes={name: prefix for name, prefix in entries.items() if prefix}, raw=raw)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A short recording of a voice; `content_type` is audio/wav or audio/mpeg, detected from the first bytes."""

    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, kw_only=True)
class SampleFile:
    """The recording to clone: a seekable binary file and its size in bytes; read in chunks, never closed."""

    file: BinaryIO
    filename: str
    content_type: str
    size: int


def is_voice_id(text: str) -> bool:
    """Whether the text can be a voice's id and is safe in a URL path."""
    return _VOICE_ID.fullmatch(text) is not None


def _voice_or_none(value: object) -> Voice | None:
    try:
        return Voice.from_json(value)
    except GarbledAnswerError:
        return None
