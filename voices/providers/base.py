"""A provider of voices: its key in a voice's `definition`, its names elsewhere, and its settings.

A provider is data, not behaviour: one file per engine, found by `registry.py`. Ranges are those of the engine's
schema in tests/contract/althea-voices.openapi.yaml. A form refuses a value outside of them; one that Althea has is
shown with a remark, and kept until somebody changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from voices.providers.ageing import Ageing

TEXT = "{text}"  # in a body, stands for the text to speak


class Kind(StrEnum):
    """Type of a setting, which decides its form control."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    URL = "url"
    CHOICE = "choice"
    TEXTS = "texts"
    PAIRS = "pairs"  # names and secret texts, such as headers
    ROWS = "rows"  # small records; the fields below it are their columns
    JSON = "json"  # an object of any shape
    GROUP = "group"  # an object whose settings are fields of their own


@dataclass(frozen=True)
class Field:
    """One setting. `name` is its path in the definition, with dots; without list indexes.

    `is_secret` settings may contain secrets of the provider: their values are never displayed. `default` is what
    Althea takes if the setting is absent; None where that is not documented. `excluded` are numbers within the range
    that are not allowed.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    is_minimum_excluded: bool = False
    excluded: tuple[float, ...] = ()
    default: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    is_secret: bool = False
    is_deprecated: bool = False
    is_required: bool = False

    @property
    def range(self) -> str:
        """The allowed range in words: `0.7 to 1.2`, `at least 0`, `more than 0, at most 1`; "" without one."""
        if self.minimum is None:
            return "" if self.maximum is None else f"at most {self.maximum:g}"
        if self.is_minimum_excluded:
            above = f"more than {self.minimum:g}"
            return above if self.maximum is None else f"{above}, at most {self.maximum:g}"
        if self.maximum is None:
            gaps = "".join(f", but not {number:g}" for number in self.excluded)
            return f"at least {self.minimum:g}{gaps}"
        return f"{self.minimum:g} to {self.maximum:g}"

    def allows(self, number: float) -> bool:
        """Whether the number is in the range."""
        if number in self.excluded or (self.is_minimum_excluded and number == self.minimum):
            return False
        low = self.minimum is None or number >= self.minimum
        return low and (self.maximum is None or number <= self.maximum)


@dataclass(frozen=True)
class Provider:
    """An engine: `key` is its name in a definition, `label` its name for people, `name` that within a sentence.

    `account_key` is its name among the account's provider keys ("" if it takes none), which are JSON files if
    `has_json_key`; `api_value` is its value in the list filter, `model_field` the path of the setting that names a
    model, `ageing` the models that are being retired.
    """

    key: str
    label: str
    fields: tuple[Field, ...] = ()
    account_key: str = ""
    has_json_key: bool = False
    api_value: str = ""
    model_field: str = ""
    noun: str = ""
    ageing: tuple[Ageing, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it is a team's own engine: no provider stands behind it, so it takes no provider's key."""
        return not self.account_key

    @property
    def name(self) -> str:
        """Its name within a sentence: `ElevenLabs`, `a custom HTTP engine`."""
        return self.noun or self.label

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The settings by their dotted paths."""
        return {field.name: field for field in self.fields}

    @cached_property
    def plain(self) -> frozenset[str]:
        """The paths of settings whose values are never secrets."""
        nested = {Kind.PAIRS, Kind.ROWS, Kind.JSON, Kind.GROUP}
        return frozenset(field.name for field in self.fields if field.kind not in nested)

    @cached_property
    def entries(self) -> tuple[Field, ...]:
        """The settings with a control of their own: all but groups, and the columns of rows."""
        rows = {field.name for field in self.fields if field.kind is Kind.ROWS}
        return tuple(
            field
            for field in self.fields
            if field.kind is not Kind.GROUP and field.name.rpartition(".")[0] not in rows
        )

    @cached_property
    def defaults(self) -> tuple[Field, ...]:
        """The settings with a default, and the groups that contain one; not what is deprecated."""
        found = [field for field in self.fields if field.default is not None and not field.is_deprecated]
        groups = {field.name.rpartition(".")[0] for field in found}
        return tuple(field for field in self.fields if field in found or field.name in groups)

    def find(self, path: str) -> Field | None:
        """Return the setting at the dotted path; None if the provider's file does not list it."""
        return self.by_name.get(path)

    def columns(self, field: Field) -> tuple[Field, ...]:
        """Return the columns of its rows."""
        return tuple(one for one in self.fields if one.name.rpartition(".")[0] == field.name)


VOICE_ID = Field("voiceId", "Voice", help="The voice's ID at the provider.", is_required=True)
MODEL = Field("model", "Model")
