"""Extracts the secrets of a definition and restores them: a stored definition has markers in their place.

Secret are the texts of a provider's `PAIRS`, and elsewhere what `redaction.py` would hide: texts under a secret name,
and texts that look like a key. A secret is known by its path, a JSON pointer (RFC 6901). Only texts are secret.
"""

from collections.abc import Callable, Mapping
from typing import Any

from voices.kit.secret import Secret
from voices.providers.base import TEXT, Kind, Provider
from voices.providers.redaction import MARKER, has_secret_in_address, hide_in_text, is_secret_name
from voices.providers.registry import providers

_MAX_DEPTH = 64  # what is deeper is left as it is: no provider nests that deep

Mark = Callable[[str], str]


class MissingSecretError(Exception):
    """A definition has a marker whose secret is not known. The message is for the person."""


def is_marker(value: Any) -> bool:
    """Whether the value stands for a secret."""
    return isinstance(value, str) and value.startswith(MARKER)


def split_secrets(definition: Mapping[str, Any], *, mark: Mark) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the definition with markers for its secrets, and the secrets by their paths.

    `mark` returns a digest of a secret, which becomes part of the marker: by it, a changed secret is noticed.
    """
    if all(_is_plain(key, settings) for key, settings in definition.items()):
        return dict(definition), {}
    splitter = _Splitter(mark)
    public = {key: splitter.engine(key, settings) for key, settings in definition.items()}
    return public, splitter.secrets


def _is_plain(key: str, settings: Any) -> bool:
    """Whether these settings are of those that are never secret, as nearly always: 100,000 are read in a sync."""
    provider = providers().get(key)
    if provider is None or type(settings) is not dict:
        return False
    is_nested = any(type(value) is dict or is_marker(value) for value in settings.values())
    return settings.keys() <= provider.plain and not is_nested


def join_secrets(public: Any, secrets: Mapping[str, str], *, path: str = "") -> Any:
    """Return the definition with a `Secret` for each marker. Raise MissingSecretError if one is not known."""
    if isinstance(public, Mapping):
        return {name: join_secrets(value, secrets, path=_below(path, name)) for name, value in public.items()}
    if isinstance(public, list):
        return [join_secrets(value, secrets, path=_below(path, place)) for place, value in enumerate(public)]
    if not is_marker(public):
        return public
    if path not in secrets:
        raise MissingSecretError("A secret of this voice isn't stored here. Sync its account first.")
    return Secret(secrets[path])


def has_secret_address(definition: Mapping[str, Any]) -> bool:
    """Whether a provider's address probably holds a secret. Addresses are stored whole (decision 0084)."""
    return any(
        has_secret_in_address(str(settings.get(field.name, "")))
        for key, settings in definition.items()
        if (provider := providers().get(key)) and isinstance(settings, Mapping)
        for field in provider.fields
        if field.kind is Kind.URL
    )


class _Splitter:
    """Collects the secrets of one definition."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self.secrets: dict[str, str] = {}

    def engine(self, key: str, settings: Any) -> Any:
        """Return the settings of one provider with markers."""
        provider = providers().get(key)
        if not isinstance(settings, Mapping):
            return self._value(settings, provider, path=_below("", key), name="", is_secret=True)
        return self._object(settings, provider, path=_below("", key), name="", is_secret=False)

    def _object(
        self, members: Mapping[str, Any], provider: Provider | None, *, path: str, name: str, is_secret: bool
    ) -> dict[str, Any]:
        is_pair = _names_a_secret(members)
        return {
            key: self._member(
                key, value, provider, path=path, name=name, is_secret=is_secret or (is_pair and key != "name")
            )
            for key, value in members.items()
        }

    def _member(
        self, key: str, value: Any, provider: Provider | None, *, path: str, name: str, is_secret: bool
    ) -> Any:
        name = f"{name}.{key}" if name else key
        field = provider.by_name.get(name) if provider else None
        if provider and name in provider.plain and not isinstance(value, Mapping) and not is_marker(value):
            return value
        is_secret = is_secret or (is_secret_name(key) if field is None else field.kind is Kind.PAIRS)
        return self._value(value, provider, path=_below(path, key), name=name, is_secret=is_secret)

    def _value(self, value: Any, provider: Provider | None, *, path: str, name: str, is_secret: bool) -> Any:
        if path.count("/") > _MAX_DEPTH:
            return value
        if isinstance(value, Mapping):
            return self._object(value, provider, path=path, name=name, is_secret=is_secret)
        if isinstance(value, list):
            return [
                self._value(item, provider, path=_below(path, place), name=name, is_secret=is_secret)
                for place, item in enumerate(value)
            ]
        return self._leaf(value, path=path, is_secret=is_secret)

    def _leaf(self, value: Any, *, path: str, is_secret: bool) -> Any:
        if isinstance(value, Secret):
            value, is_secret = value.reveal(), True
        if not isinstance(value, str) or not value:
            return value
        is_named = is_secret and TEXT not in value  # {"token_text": "{text}"} is none
        if not (is_named or is_marker(value) or hide_in_text(value) != value):
            return value
        self.secrets[path] = value
        return f"{MARKER}{self._mark(value)}"


def _below(path: str, name: object) -> str:
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _names_a_secret(members: Mapping[str, Any]) -> bool:
    """Whether it is an object such as {"name": "Authorization", "value": ...}."""
    name = members.get("name")
    return isinstance(name, str) and is_secret_name(name[:200])
