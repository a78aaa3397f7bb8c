"""The voices in a voice pack's manifest, as frozen values with validated lengths and existing files."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self, TypeVar
from uuid import UUID

from voices.kit.packs import PackError

MAX_VOICES = 100
MAX_DEFINITION_LETTERS = 200_000
WRONG = "This isn't a valid voice pack: “{name}” of voice {number} in its manifest can't be read."
NO_VOICES = "There are no voices in this pack."
TOO_MANY = f"This pack has more than {MAX_VOICES} voices."

Value = TypeVar("Value")


class _WrongError(Exception):
    """A field of the manifest is invalid."""


@dataclass(frozen=True)
class PackedSample:
    """The recording of a voice, by the names of its files in the pack; "" for a missing one.

    `edit` is what turned `original` into `sent`.
    """

    sent: str = ""
    original: str = ""
    filename: str = ""
    edit: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, given: "_Fields") -> Self:
        """Return the value. Raise _WrongError."""
        return cls(
            given.file("sent"), given.file("original"), given.text("filename", 200), given.mapping("edit")
        )


@dataclass(frozen=True)
class PackedConsent:
    """The consent of a voice, and the file of its signed receipt."""

    basis: str = ""
    speaker: str = ""
    relation: str = ""
    proof: str = ""
    expires_on: str = ""
    receipt: str = ""

    @classmethod
    def read(cls, given: "_Fields") -> Self:
        """Return the value. Raise _WrongError."""
        return cls(
            given.text("basis", 10),
            given.text("speaker", 120),
            given.text("relation", 12),
            given.text("proof", 200),
            given.day("expires_on"),
            given.file("receipt"),
        )


@dataclass(frozen=True)
class PackedVoice:
    """A voice of a pack. `secrets` are the paths of the values that its definition lacks."""

    id: str
    voice_id: str
    name: str
    description: str = ""
    language: str = ""
    provider: str = ""
    account: str = ""
    billing: str = ""
    origin: str = ""
    created_at: str = ""
    stage: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    definition: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    sample: PackedSample | None = None
    consent: PackedConsent | None = None
    preview: str = ""

    @classmethod
    def read(cls, given: "_Fields") -> Self:
        """Return the value. Raise _WrongError."""
        return cls(
            id=given.id("id"),
            voice_id=given.text("voice_id", 64),
            name=given.text("name", 200, least=1),
            description=given.text("description", 2_000),
            language=given.text("language", 35),
            provider=given.text("provider", 60),
            account=given.text("account", 200),
            billing=given.text("billing", 60),
            origin=given.text("origin", 10),
            created_at=given.text("created_at", 40),
            stage=given.text("stage", 10),
            notes=given.text("notes", 5_000),
            tags=given.texts("tags", 20),
            aliases=given.texts("aliases", 50),
            definition=given.mapping("definition"),
            secrets=given.texts("secrets", 50, letters=300),
            sample=given.part("sample", PackedSample.read),
            consent=given.part("consent", PackedConsent.read),
            preview=given.file("preview"),
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the value of `to_json`."""
        parts = {"tags": tuple(stored["tags"]), "aliases": tuple(stored["aliases"])}
        parts |= {"secrets": tuple(stored["secrets"])}
        for name, kind in (("sample", PackedSample), ("consent", PackedConsent)):
            parts[name] = kind(**stored[name]) if stored[name] else None  # type: ignore[assignment]  # see above
        return cls(**{**stored, **parts})

    def to_json(self) -> dict[str, Any]:
        """Return the value in the form of the manifest."""
        return asdict(self)


@dataclass(frozen=True)
class _Fields:
    """An object of the manifest, whose members are read by type."""

    content: Mapping[str, Any]
    files: Mapping[str, Any]

    def text(self, name: str, most: int, *, least: int = 0) -> str:
        value = self.content.get(name, "")
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise _WrongError(name)
        return value

    def texts(self, name: str, most: int, *, letters: int = 40) -> tuple[str, ...]:
        value = self.content.get(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise _WrongError(name)
        if not all(isinstance(one, str) and 0 < len(one) <= letters for one in value):
            raise _WrongError(name)
        return tuple(value)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.content.get(name, {})
        if not isinstance(value, dict) or len(str(value)) > MAX_DEFINITION_LETTERS:
            raise _WrongError(name)
        return value

    def file(self, name: str) -> str:
        value = self.text(name, 200)
        if value and value not in self.files:
            raise _WrongError(name)
        return value

    def id(self, name: str) -> str:
        try:
            return str(UUID(self.text(name, 36)))
        except ValueError as problem:
            raise _WrongError(name) from problem

    def day(self, name: str) -> str:
        try:
            return self.text(name, 10) and str(date.fromisoformat(self.text(name, 10)))
        except ValueError as problem:
            raise _WrongError(name) from problem

    def part(self, name: str, read: Callable[["_Fields"], Value]) -> Value | None:
        value = self.content.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _WrongError(name)
        return read(_Fields(value, self.files))


def read_voices(facts: Mapping[str, Any]) -> list[PackedVoice]:
    """Return the voices of a manifest. Raise PackError."""
    given = facts.get("voices")
    if not isinstance(given, list) or not given:
        raise PackError(NO_VOICES)
    if len(given) > MAX_VOICES:
        raise PackError(TOO_MANY)
    voices = [_read_one(number, one, facts["files"]) for number, one in enumerate(given, 1)]
    if len({voice.id for voice in voices}) < len(voices):
        raise PackError("This isn't a valid voice pack: it has the same voice twice.")
    return voices


def _read_one(number: int, given: object, files: Mapping[str, Any]) -> PackedVoice:
    if not isinstance(given, dict):
        raise PackError(WRONG.format(name="voices", number=number))
    try:
        return PackedVoice.read(_Fields(given, files))
    except _WrongError as wrong:
        raise PackError(WRONG.format(name=wrong, number=number)) from wrong
