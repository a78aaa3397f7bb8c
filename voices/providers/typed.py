"""Settings as people type them into a form, read with a sentence beside what is wrong.

A control that is left as it was keeps its value as it is, whatever that is: Althea may know better than our tables.
An empty control sends nothing. An empty secret keeps the one that is stored.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, NoReturn

from voices.kit.secret import Secret
from voices.providers.base import Field, Kind, Provider
from voices.providers.checks import ABSENT, MAX_BODY, NEEDED, check_value, value_at
from voices.providers.controls import (
    HIDDEN,
    OFF,
    ON,
    Form,
    control_name,
    shown_rows,
    shown_text,
    shown_texts,
)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_MAX_LETTERS = 40  # of a number


@dataclass(frozen=True)
class Typed:
    """The settings that were typed, as far as they can be read, and what is wrong with the others by field name."""

    settings: dict[str, Any] = field(repr=False)
    problems: dict[str, str]


class _Unreadable(Exception):
    """The text is no value of the setting; the message says why."""


def read_typed(
    provider: Provider,
    typed: Form,
    *,
    kept: Mapping[str, Any] | None = None,
    allows_loopback: bool = False,
) -> Typed:
    """Return the settings that a form holds. Never raise.

    `kept` are the engine's settings as they are now, with a `Secret` for each secret: what the form does not know is
    kept. Typed secrets are `Secret`s in the result. `allows_loopback` is for an Althea on this machine: a sandbox.
    """
    kept = kept or {}
    settings, problems = _unknown_of(provider, kept), {}
    for one in provider.entries:
        now = value_at(kept, one.name)
        try:
            value, is_new = _read(provider, one, typed, now)
        except _Unreadable as error:
            problems[one.name] = str(error)
            continue
        is_judged = is_new or (value is ABSENT and not kept)
        if is_judged and (problem := _problem_of(provider, one, value, allows_loopback=allows_loopback)):
            problems[one.name] = problem
        elif value is not ABSENT:
            _put(settings, one.name, value)
    _drop_emptied(provider, settings, kept)
    return Typed(settings, problems)


def _problem_of(provider: Provider, field: Field, value: Any, *, allows_loopback: bool) -> str:
    if value is ABSENT:
        return NEEDED if field.is_required else ""
    return check_value(provider, field, value, allows_loopback=allows_loopback)


def _read(provider: Provider, field: Field, typed: Form, now: Any) -> tuple[Any, bool]:
    """Return the value (ABSENT for an empty control), and whether it is another than now. Raise _Unreadable."""
    name = control_name(field)
    if field.kind is Kind.PAIRS:
        return _read_pairs(_list(typed, f"{name}.name"), _list(typed, f"{name}.value"), now)
    if field.kind is Kind.ROWS:
        columns = provider.columns(field)
        rows = list(zip_longest(*(_list(typed, control_name(one)) for one in columns), fillvalue=""))
        return _read_rows([row for row in rows if any(row)], columns, now)
    if field.kind is Kind.TEXTS:
        texts = list(filter(None, _list(typed, name)))
        return (now, False) if texts == shown_texts(now) else (texts or ABSENT, True)
    text = (_list(typed, name) or [""])[-1]
    if text == shown_text(field, now).strip():
        return now, False
    return (_value_of(field, text, now) if text else ABSENT), True


def _list(typed: Form, name: str) -> list[str]:
    return [str(text).replace("\r\n", "\n").strip() for text in typed.getlist(name)]


def _value_of(field: Field, text: str, now: Any) -> Any:
    if field.kind is Kind.NUMBER or field.kind is Kind.INTEGER:
        return _number(field, text)
    if field.kind is Kind.FLAG:
        return {ON: True, OFF: False}.get(text, text)
    return _object(text, now) if field.kind is Kind.JSON else text


# --- numbers ------------------------------------------------------------------------------------------


def _number(field: Field, text: str) -> float:
    plain = unicodedata.normalize("NFKC", text[: _MAX_LETTERS + 1]).replace("\u2212", "-")
    if len(plain) > _MAX_LETTERS:
        raise _Unreadable("This number is too long.")
    if field.kind is Kind.INTEGER:
        if not _INTEGER.fullmatch(plain):
            raise _Unreadable("Enter a whole number, using only digits.")
        return int(plain)
    if _WITH_COMMA.fullmatch(plain):
        raise _Unreadable(f"Use a decimal point: {plain.replace(',', '.')}")
    if not _NUMBER.fullmatch(plain):
        raise _Unreadable("Enter a number.")
    return int(plain) if _INTEGER.fullmatch(plain) else float(plain)


# --- lists --------------------------------------------------------------------------------------------


def _read_pairs(names: Sequence[str], values: Sequence[str], now: Any) -> tuple[Any, bool]:
    stored = now if isinstance(now, Mapping) else {}
    read: dict[str, Any] = {}
    for name, value in zip_longest(names, values, fillvalue=""):
        if not name and value:
            raise _Unreadable("Enter a name for each value.")
        if name in read:
            raise _Unreadable(f"“{name}” is named twice.")
        if name:
            read[name] = Secret(value) if value else stored.get(name, "")
    if read == stored:
        return now, False
    return (read or ABSENT), True


def _read_rows(rows: Sequence[tuple[str, ...]], columns: Sequence[Field], now: Any) -> tuple[Any, bool]:
    if rows == shown_rows(now, columns):
        return now, False
    names = [column.name.rpartition(".")[2] for column in columns]
    stored = [row for row in now if isinstance(row, Mapping)] if isinstance(now, list) else []
    return ([_row(dict(zip(names, row, strict=True)), stored) for row in rows] or ABSENT), True


def _row(cells: Mapping[str, str], stored: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the row, with what the form does not know of the stored one that begins alike."""
    first = next(iter(cells))
    kept = next((row for row in stored if row.get(first) == cells[first]), {})
    others = {name: deepcopy(value) for name, value in kept.items() if name not in cells}
    return others | {name: text for name, text in cells.items() if text}


# --- objects ------------------------------------------------------------------------------------------


def _object(text: str, now: Any) -> Any:
    if len(text) > MAX_BODY:
        raise _Unreadable(f"This has {len(text):,} characters, and at most {MAX_BODY:,} are allowed.")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
        return _with_secrets(value, now)
    except json.JSONDecodeError as error:
        raise _Unreadable(
            f"This isn't valid JSON: check line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _Unreadable("This JSON can't be sent.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise _Unreadable(f"{name} isn't valid JSON.")


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Unreadable(f"“{name[:60]}” is named twice.")
        found[name] = value
    return found


def _with_secrets(value: Any, now: Any) -> Any:
    """Return the value with the stored secrets in the places that stand for them."""
    if isinstance(value, dict):
        stored = now if isinstance(now, Mapping) else {}
        return {name: _with_secrets(inner, stored.get(name)) for name, inner in value.items()}
    if isinstance(value, list):
        items = now if isinstance(now, list) else []
        return [_with_secrets(inner, stored) for inner, stored in zip_longest(value, items[: len(value)])]
    if value != HIDDEN:
        return value
    if isinstance(now, Secret) or now == HIDDEN:
        return now
    raise _Unreadable(f"“{HIDDEN}” stands for a stored secret and can't be moved. Type the value here.")


# --- what the form does not know ----------------------------------------------------------------------


def _unknown_of(provider: Provider, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have no control."""
    unknown = deepcopy(dict(kept))
    for one in provider.entries:
        above, _, name = one.name.rpartition(".")
        group = value_at(unknown, above) if above else unknown
        if isinstance(group, dict):
            group.pop(name, None)
    return unknown


def _put(settings: dict[str, Any], name: str, value: Any) -> None:
    *groups, last = name.split(".")
    for group in groups:
        if not isinstance(settings.get(group), dict):
            settings[group] = {}
        settings = settings[group]
    settings[last] = value


def _drop_emptied(provider: Provider, settings: dict[str, Any], kept: Mapping[str, Any]) -> None:
    """Drop the groups of which nothing is left; one that was empty before stays."""
    for one in provider.fields:
        if one.kind is Kind.GROUP and settings.get(one.name) == {} and kept.get(one.name) != {}:
            del settings[one.name]
