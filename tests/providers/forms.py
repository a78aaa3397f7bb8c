"""Forms of providers as a browser sends them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from voices.providers.base import Provider
from voices.providers.controls import Control, controls


class Typed(defaultdict[str, list[str]]):
    """What was typed, by the names of controls."""

    def __init__(self, fields: Mapping[str, Sequence[str] | str] | None = None) -> None:
        super().__init__(list)
        for name, texts in (fields or {}).items():
            self[f"setting-{name}"] = [texts] if isinstance(texts, str) else list(texts)

    def getlist(self, key: str, /) -> list[str]:
        """Return all values of this name."""
        return self.get(key, [])


def sent(shown: Sequence[Control]) -> Typed:
    """What a browser sends of these controls, if nobody touches them."""
    typed = Typed()
    for control in shown:
        if control.rows:
            for row in control.rows:
                for cell in row:
                    typed[cell.name].append(cell.value)
        else:
            typed[control.name] += control.values or (control.value.replace("\n", "\r\n"),)
    return typed


def untouched(provider: Provider, settings: Mapping[str, Any]) -> Typed:
    """The form of these settings as it comes back if nobody touches it."""
    return sent(controls(provider, settings=settings))
