"""All providers, found by their files: to add one, add a file here with a `PROVIDER`, and its test."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from voices.providers.base import Field, Kind, Provider
from voices.providers.redaction import HIDDEN, is_secret_name
from voices.providers.wording import MAX_LABEL, cut, name_as_written, name_in_words, value_in_words, with_unit

Row = tuple[str, str]

MAX_ROWS = 200  # for a page that people read; a definition may have thousands
_MAX_DEPTH = 8
_ABSENT = object()


@cache
def providers() -> Mapping[str, Provider]:
    """Return every provider by its key in a definition."""
    return find_providers("voices.providers")


def find_providers(*packages: str) -> dict[str, Provider]:
    """Return the `PROVIDER` of every file of these packages that has one, by its key."""
    found = (getattr(importlib.import_module(name), "PROVIDER", None) for name in _modules(packages))
    return {provider.key: provider for provider in found if provider is not None}


def _modules(packages: Iterable[str]) -> Iterator[str]:
    for package in packages:
        folders = importlib.import_module(package).__path__
        yield from sorted(f"{package}.{module.name}" for module in pkgutil.iter_modules(folders))


def provider_name(name: str) -> str:
    """Return the provider's own spelling (`ElevenLabs`) for any of Althea's; an unknown name unchanged."""
    return _names().get(_squeezed(name), name)


@cache
def _names() -> Mapping[str, str]:
    return {_squeezed(name): one.label for one in providers().values() for name in (one.label, one.key)}


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def describe_definition(
    definition: Mapping[str, Any], *, known: Mapping[str, Provider] | None = None
) -> list[tuple[str, list[Row]]]:
    """Return each provider's label and (label, value) rows, with secrets hidden. Never raise, whatever the shape.

    Nested objects become rows of their own ("Generation › Volume"). Unknown providers and settings appear under
    their raw names.
    """
    if not isinstance(definition, Mapping):
        return []
    found = providers() if known is None else known
    return [
        _describe(found.get(key) or Provider(key=str(key), label=name_in_words(str(key))), settings)
        for key, settings in islice(definition.items(), MAX_ROWS)
    ]


def _describe(provider: Provider, settings: Any) -> tuple[str, list[Row]]:
    if not isinstance(settings, Mapping):
        rows = [] if settings is None else [("Settings", HIDDEN)]
        return provider.label, rows
    rows = list(islice(_Describer(provider).rows(settings), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        rows[MAX_ROWS:] = [("More", "This definition has more settings than this page can show")]
    return provider.label, rows


class _Describer:
    """Describes one provider's settings, known ones first in the order of its file."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._order = {field.name: place for place, field in enumerate(provider.fields)}

    def rows(
        self,
        settings: Mapping[Any, Any],
        *,
        above: str = "",
        path: str = "",
        hidden: bool = False,
        depth: int = 0,
    ) -> Iterator[Row]:
        """Yield the rows of an object; `above` is its parent's label, `path` its dotted path."""
        settings = {**settings, **self._defaults(settings, path)}
        places = {name: f"{path}.{name}" if path else str(name) for name in settings}
        for name in sorted(settings, key=lambda one: self._order.get(places[one], len(self._order))):
            field = self._provider.find(places[name])
            value, below = settings[name], hidden or (field is not None and field.is_secret)
            label = _label(str(name), field, as_written=below)
            label = cut(f"{above} › {label}" if above else label, MAX_LABEL)
            if field is None and not below and is_secret_name(str(name)):
                yield label, HIDDEN
            else:
                yield from self._value(
                    value, field, label=label, path=places[name], hidden=below, depth=depth + 1
                )

    def _defaults(self, settings: Mapping[Any, Any], path: str) -> dict[str, Any]:
        """Return what an object lacks and Althea replaces by a default that is known."""
        missing = [
            field
            for field in self._provider.defaults
            if field.name.rpartition(".")[0] == path and field.name.rpartition(".")[2] not in settings
        ]
        return {
            field.name.rpartition(".")[2]: {} if field.kind is Kind.GROUP else _ABSENT for field in missing
        }

    def _value(
        self, value: Any, field: Field | None, *, label: str, path: str, hidden: bool, depth: int
    ) -> Iterator[Row]:
        if depth >= _MAX_DEPTH or (not hidden and _names_a_secret(value)):
            yield label, HIDDEN
        elif value is _ABSENT and field is not None:
            yield label, f"{with_unit(field.default, field)} (default)"
        elif isinstance(value, Mapping) and (value or self._defaults(value, path)):
            yield from self.rows(value, above=label, path=path, hidden=hidden, depth=depth)
        elif isinstance(value, list | tuple) and any(
            isinstance(item, Mapping | list | tuple) for item in value
        ):
            for place, item in enumerate(value, start=1):
                numbered = cut(f"{label} {place}", MAX_LABEL)
                yield from self._value(item, field, label=numbered, path=path, hidden=hidden, depth=depth + 1)
        else:
            yield label, HIDDEN if hidden else value_in_words(value, field)


def _label(name: str, field: Field | None, *, as_written: bool) -> str:
    """Return a label for people; headers keep their exact names."""
    if field:
        return field.label
    return name_as_written(name) if as_written else name_in_words(name)


def _names_a_secret(value: Any) -> bool:
    """Whether it is an object such as {"name": "Authorization", "value": ...}."""
    name = value.get("name") if isinstance(value, Mapping) else None
    return isinstance(name, str) and is_secret_name(name[:200])
