"""What a provider of voices is: its key in a voice's `definition`, its name, and the settings it takes.

A provider is data, not behaviour: one file an engine, found by `registry.py`. Ranges are those of the API's
contract, section 6; a value outside of them is shown and told, never refused, because Althea is the judge.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a setting holds, so that a form can choose its control."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    URL = "url"
    CHOICE = "choice"
    TEXTS = "texts"
    GROUP = "group"


@dataclass(frozen=True)
class Field:
    """One setting. `name` is its path in the definition, with dots; list positions are left out of it.

    `is_hidden` settings can hold the provider's own secrets: their values are never shown.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    is_hidden: bool = False

    @property
    def range(self) -> str:
        """The allowed range in words: `0.7 to 1.2`, `at least 0`; "" where there is none."""
        if self.minimum is None:
            return "" if self.maximum is None else f"at most {self.maximum:g}"
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"{self.minimum:g} to {self.maximum:g}"

    def allows(self, number: float) -> bool:
        """Whether the number lies in the range."""
        low = self.minimum is None or number >= self.minimum
        return low and (self.maximum is None or number <= self.maximum)


@dataclass(frozen=True)
class Provider:
    """An engine: `key` is its name in a definition, `label` its name for people."""

    key: str
    label: str
    fields: tuple[Field, ...] = ()

    def find(self, path: str) -> Field | None:
        """The setting at that dotted path, or None for one that this file does not know yet."""
        return next((field for field in self.fields if field.name == path), None)


VOICE_ID = Field("voiceId", "Voice", help="The voice's id at the provider.")
MODEL = Field("model", "Model")
