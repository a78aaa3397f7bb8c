"""The result of examining a recording: a verdict, a sentence for people, and the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What to do with a recording."""

    OK = "ok"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the audio is in a file: `header` followed by the `parts` is the canonical file.

    `parts` are (start, length) byte ranges in order; `in_place` means that the file already
    begins exactly like its canonical form.
    """

    container: str
    parts: tuple[tuple[int, int], ...]
    header: bytes = b""
    in_place: bool = False

    @property
    def size_bytes(self) -> int:
        """Size of the canonical file."""
        return len(self.header) + sum(length for _, length in self.parts)

    def to_json(self) -> dict[str, Any]:
        """Return the layout as plain JSON values."""
        return {
            "container": self.container,
            "parts": [list(part) for part in self.parts],
            "header": self.header.hex(),
            "in_place": self.in_place,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Layout":
        """Return the layout from `to_json`. Raise KeyError, TypeError or ValueError for anything else."""
        return cls(
            container=str(value["container"]),
            parts=tuple((int(start), int(length)) for start, length in value["parts"]),
            header=bytes.fromhex(value["header"]),
            in_place=bool(value["in_place"]),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """An examined recording. Unknown facts are None; `layout` is set if it is sent without a new encoding.

    `done` has sentences about what was changed in the recording before it is sent.
    Units: `rate` Hz, `bit_rate` bit/s, `bits` per sample (None for lossy codecs), sizes in bytes.
    """

    verdict: Verdict
    code: str
    message: str
    container: str | None = None
    codec: str | None = None
    seconds: float | None = None
    rate: int | None = None
    channels: int | None = None
    bit_rate: int | None = None
    bits: int | None = None
    size_bytes: int = 0
    layout: Layout | None = None
    done: tuple[str, ...] = ()

    def refused(self, code: str, message: str) -> "Finding":
        """Return the same facts, refused for this reason."""
        return replace(self, verdict=Verdict.REFUSE, code=code, message=message, layout=None, done=())

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain JSON values, for a JSONField or a pipe."""
        value = {name: getattr(self, name) for name in _FACTS}
        value["verdict"] = self.verdict.value
        value["layout"] = self.layout.to_json() if self.layout else None
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Finding":
        """Return the finding from `to_json`. Raise KeyError, TypeError or ValueError for anything else."""
        facts = {name: value[name] for name in _FACTS if name != "done"}
        facts["done"] = tuple(value.get("done", ()))  # findings stored before 0.2 have none
        facts["verdict"] = Verdict(value["verdict"])
        facts["layout"] = Layout.from_json(value["layout"]) if value["layout"] else None
        return cls(**facts)


_FACTS = tuple(Finding.__dataclass_fields__)
