"""A provider of voices: its key in a voice's `definition`, its name, and its settings.

A provider is data, not behaviour: one file per engine, found by `registry.py`. Ranges are those of the engine's
schema in tests/contract/althea-voices.openapi.yaml. A value outside of them is displayed with a note, never
refused: that is up to Althea.
"""

from dataclasses import dataclass
from enum import StrEnum

from voices.providers.ageing import Ageing


class Kind(StrEnum):
    """Type of a setting, which decides its form control."""

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
    """One setting. `name` is its path in the definition, with dots; without list indexes.

    `is_hidden` settings may contain secrets of the provider: their values are never displayed.
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
        """The allowed range in words: `0.7 to 1.2`, `at least 0`; "" without one."""
        if self.minimum is None:
            return "" if self.maximum is None else f"at most {self.maximum:g}"
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"{self.minimum:g} to {self.maximum:g}"

    def allows(self, number: float) -> bool:
        """Whether the number is in the range."""
        low = self.minimum is None or number >= self.minimum
        return low and (self.maximum is None or number <= self.maximum)


@dataclass(frozen=True)
class Provider:
    """An engine: `key` is its name in a definition, `label` its name for people.

    `model_field` is the setting that names the model, "" without one; `ageing` are models to be replaced.
    """

    key: str
    label: str
    fields: tuple[Field, ...] = ()
    model_field: str = ""
    ageing: tuple[Ageing, ...] = ()

    def find(self, path: str) -> Field | None:
        """Return the setting at the dotted path; None if the provider's file does not list it."""
        return next((field for field in self.fields if field.name == path), None)


VOICE_ID = Field("voiceId", "Voice", help="The voice's ID at the provider.")
MODEL = Field("model", "Model")
