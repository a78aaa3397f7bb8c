"""Keeping stored secrets with the server for which they were entered.

Somebody who may change an engine's URL may not read its secrets. If they left a secret's field empty, which keeps the
stored one, a changed URL would have Althea send it to a server of their choice.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from voices.kit.secret import Secret
from voices.providers.base import Kind, Provider
from voices.providers.checks import value_at


def kept_for_another_host(
    provider: Provider, kept: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[str]:
    """Return the settings that would send a stored secret to another server than before; usually none.

    A secret outside the engine's known settings is reported by the URL's setting.
    """
    addresses = [one.name for one in provider.entries if one.kind is Kind.URL]
    moved = [name for name in addresses if _server(value_at(kept, name)) != _server(value_at(settings, name))]
    stored = set(_secrets(kept))
    if not moved or not stored.intersection(_secrets(settings)):
        return []
    names = [one.name for one in provider.entries]
    return [name for name in names if stored.intersection(_secrets(value_at(settings, name)))] or moved


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)


def _server(address: Any) -> tuple[str, str] | None:
    if not isinstance(address, str):
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return parts.scheme.casefold(), parts.netloc.casefold()
