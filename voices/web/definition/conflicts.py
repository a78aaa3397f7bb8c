"""Conflicts of settings that somebody else changed while a form was open, and a form that merges both changes."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from voices.actions.voice.definitions import public_definition
from voices.providers.base import Field, Kind, Provider
from voices.providers.checks import ABSENT, value_at
from voices.providers.controls import Control, controls
from voices.web.voice.changing import Conflict

DEFAULT = "Default"


def conflicts_of(
    provider: Provider, *, before: Mapping[str, Any], typed: Mapping[str, Any], now: Mapping[str, Any]
) -> list[Conflict]:
    """Return the settings that differ from what the form showed, in the order of the form."""
    yours = dict(zip(provider.entries, controls(provider, settings=typed), strict=True))
    theirs = dict(zip(provider.entries, controls(provider, settings=now), strict=True))
    return [
        Conflict(
            one.label,
            _in_words(yours[one]) if _differs(provider, one, typed, before) else None,
            _in_words(theirs[one]),
        )
        for one in provider.entries
        if _differs(provider, one, now, before)
    ]


def merged(
    provider: Provider, before: Mapping[str, Any], typed: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the current settings with those that the person changed.

    Secrets are the current ones: typed ones are never shown again, so they have to be retyped.
    """
    result = deepcopy(dict(now))
    for one in provider.entries:
        if one.kind is not Kind.PAIRS and _differs(provider, one, typed, before):
            _put(result, one.name, value_at(typed, one.name))
    return result


def _put(settings: dict[str, Any], name: str, value: Any) -> None:
    *groups, last = name.split(".")
    for group in groups:
        inner = settings.get(group)
        settings[group] = settings = inner if isinstance(inner, dict) else {}
    if value is ABSENT:
        settings.pop(last, None)
    else:
        settings[last] = value


def _differs(provider: Provider, field: Field, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = (
        value_at(public_definition({provider.key: settings})[provider.key], field.name)
        for settings in (one, other)
    )
    return bool(first != second)


def _in_words(control: Control) -> str:
    if control.rows:
        shown = (
            (cell.label if cell.is_secret else cell.value for cell in row if cell.value)
            for row in control.rows
        )
        return ", ".join(filter(None, (" ".join(cells) for cells in shown))) or DEFAULT
    if control.values:
        return ", ".join(filter(None, control.values)) or DEFAULT
    return dict(control.choices).get(control.value, control.value) or DEFAULT
