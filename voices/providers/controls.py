"""Settings as controls of a form, each value as the text that a person would type. `typed.py` reads them.

Never a secret: of stored ones, controls say only that they are stored.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

from voices.kit.secret import Secret
from voices.providers.base import Field, Kind, Provider
from voices.providers.checks import ABSENT, value_at
from voices.providers.secrets import is_marker
from voices.providers.wording import with_unit

HIDDEN = "(hidden)"  # stands for a stored secret in a JSON body
ON, OFF = "true", "false"
RETYPE = "Enter the secret values again: they can't be shown."
_MAX_BITS = 256  # str() of a huge int is quadratic and, past 4300 digits, raises
_INPUT_MODES = {Kind.NUMBER: "decimal", Kind.INTEGER: "numeric", Kind.URL: "url"}


class Form(Protocol):
    """The submitted texts by the names of controls: a QueryDict."""

    def getlist(self, key: str, /) -> Sequence[Any]:
        """Return all values of this name."""


@dataclass(frozen=True)
class Cell:
    """One text control of a row. `is_stored`: a secret is stored, and kept if the control stays empty."""

    name: str
    id: str
    label: str
    value: str = ""
    is_secret: bool = False
    is_stored: bool = False


@dataclass(frozen=True)
class Control:
    """A setting in a form.

    One text is in `value`; a list has its texts in `values`, headers and records are in `rows`; both end with empty
    ones for more. `default` says what an empty control means: `1×`, or "" if that is not documented. `group` is the
    label of the object that contains it.
    """

    name: str
    id: str
    label: str
    kind: Kind
    group: str = ""
    help: str = ""
    unit: str = ""
    range: str = ""
    default: str = ""
    error: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    input_mode: str = ""
    is_required: bool = False
    is_deprecated: bool = False


def controls(
    provider: Provider,
    *,
    settings: Mapping[str, Any] | None = None,
    typed: Form | None = None,
    problems: Mapping[str, str] | None = None,
) -> list[Control]:
    """Return the engine's form: as typed, if something was, else with the settings. `problems` are by field name."""
    build = _Builder(provider, settings or {}, typed, problems or {})
    return [build.control(one) for one in provider.entries]


@dataclass(frozen=True)
class _Builder:
    """Builds the controls of one form."""

    provider: Provider
    settings: Mapping[str, Any]
    typed: Form | None
    problems: Mapping[str, str]

    def control(self, field: Field) -> Control:
        """Return the control of a setting."""
        above = self.provider.find(field.name.rpartition(".")[0])
        value, rows = self._text(field), self._rows(field)
        return Control(
            name=control_name(field),
            id=_id(control_name(field)),
            label=field.label,
            kind=field.kind,
            group=above.label if above else "",
            help=field.help,
            unit=field.unit,
            range=field.range,
            default=_default(field),
            error=self.problems.get(field.name) or self._reminder(field),
            value=value,
            values=self._texts(field),
            rows=rows,
            choices=_choices(field, value),
            input_mode=_INPUT_MODES.get(field.kind, ""),
            is_required=field.is_required,
            is_deprecated=field.is_deprecated,
        )

    def _list(self, name: str) -> list[str]:
        return [str(text) for text in self.typed.getlist(name)] if self.typed is not None else []

    def _now(self, field: Field) -> Any:
        return value_at(self.settings, field.name)

    def _text(self, field: Field) -> str:
        if field.kind in {Kind.TEXTS, Kind.PAIRS, Kind.ROWS}:
            return ""
        if self.typed is None:
            return shown_text(field, self._now(field))
        return (self._list(control_name(field)) or [""])[-1]

    def _texts(self, field: Field) -> tuple[str, ...]:
        if field.kind is not Kind.TEXTS:
            return ()
        known = (
            shown_texts(self._now(field))
            if self.typed is None
            else filter(str.strip, self._list(control_name(field)))
        )
        return (*known, "")

    def _rows(self, field: Field) -> tuple[tuple[Cell, ...], ...]:
        if field.kind is Kind.PAIRS:
            return self._pairs(field)
        if field.kind is not Kind.ROWS:
            return ()
        columns = self.provider.columns(field)
        names = [control_name(column) for column in columns]
        if self.typed is None:
            rows = shown_rows(self._now(field), columns)
        else:
            rows = list(zip_longest(*map(self._list, names), fillvalue=""))
        rows = [*(row for row in rows if any(text.strip() for text in row)), ("",) * len(columns)]
        return tuple(
            tuple(
                Cell(name=name, id=_id(f"{name}-{number}"), label=column.label, value=text)
                for name, column, text in zip(names, columns, row, strict=True)
            )
            for number, row in enumerate(rows, start=1)
        )

    def _pairs(self, field: Field) -> tuple[tuple[Cell, ...], ...]:
        now, name = self._now(field), control_name(field)
        stored = {str(key) for key in now} if isinstance(now, Mapping) else set()
        if self.typed is None:
            keys = [str(key) for key in now] if isinstance(now, Mapping) else []
        else:
            keys = list(filter(str.strip, self._list(f"{name}.name")))
        return tuple(
            (
                Cell(f"{name}.name", _id(f"{name}.name-{number}"), "Name", value=key),
                Cell(
                    f"{name}.value", _id(f"{name}.value-{number}"), "Value", "", True, key.strip() in stored
                ),
            )
            for number, key in enumerate([*keys, ""], start=1)
        )

    def _reminder(self, field: Field) -> str:
        is_typed = field.kind is Kind.PAIRS and any(self._list(f"{control_name(field)}.value"))
        return RETYPE if is_typed else ""


def _id(name: str) -> str:
    return name.replace(".", "-")


def _default(field: Field) -> str:
    return "" if field.default is None else with_unit(field.default, field)


def _choices(field: Field, value: str) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen, with a value that Althea has and the provider's file does not know."""
    if field.kind is Kind.FLAG:
        known: tuple[tuple[str, str], ...] = (("", "Default"), (ON, "On"), (OFF, "Off"))
    elif field.kind is Kind.CHOICE:
        known = (("", "Default"), *field.choices)
    else:
        return ()
    return known if value in dict(known) else (*known, (value, value))


def control_name(field: Field) -> str:
    """Return the name of the setting's control in a form."""
    return f"setting-{field.name}"


def shown_text(field: Field, value: Any) -> str:
    """Return the value as the text of one control; "" for none."""
    if value is ABSENT or value is None:
        return ""
    if isinstance(value, Secret) or is_marker(value):
        return HIDDEN
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ON if value else OFF
    if isinstance(value, int | float):
        return _number(value)
    return _json(value)


def _number(value: float) -> str:
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        return ""
    return repr(
        int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
    )


def _json(value: Any) -> str:
    try:
        return json.dumps(_public(value), indent=2, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return ""


def _public(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _public(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_public(inner) for inner in value]
    return HIDDEN if isinstance(value, Secret) or is_marker(value) else value


def shown_texts(value: Any) -> list[str]:
    """Return the texts of a list, without empty ones."""
    items = value if isinstance(value, list) else [value]
    return [text for item in items if (text := shown_text(_TEXT, item).strip())]


def shown_rows(value: Any, columns: Sequence[Field]) -> list[tuple[str, ...]]:
    """Return the cells of rows, without empty ones."""
    names = [column.name.rpartition(".")[2] for column in columns]
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    cells = [tuple(shown_text(_TEXT, row.get(name, ABSENT)).strip() for name in names) for row in rows]
    return [row for row in cells if any(row)]


_TEXT = Field("", "")
