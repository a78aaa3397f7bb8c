"""Edits of a recording before it is sent: a part of it, and gentle repairs.

Edits always apply to the uploaded recording, so that each can be undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TARGET = -20.0  # LUFS: what `level` sets
CEILING = -3.0  # dBTP: where it stops


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a recording in seconds from its beginning (None: up to the edge), and repairs.

    Applied in this order: cut, trim silence at the edges to 0.15 s, remove the DC offset, set the gain to -20 LUFS
    with true peaks of at most -3 dBTP.
    """

    start: float | None = None
    end: float | None = None
    remove_dc: bool = False
    trim_silence: bool = False
    level: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be changed."""
        return self == Edit()

    def to_json(self) -> dict[str, Any]:
        """Return the edit as plain JSON values, without defaults."""
        chosen = {name: getattr(self, name) for name in Edit.__dataclass_fields__}
        return {name: value for name, value in chosen.items() if value not in (None, False)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Edit":
        """Return the edit from `to_json`. Raise TypeError for unknown names."""
        return cls(**value)


UNCHANGED = Edit()
