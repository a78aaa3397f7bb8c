"""What is found out about a recording: a verdict, a sentence for the person, and the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What to do with a recording."""

    OK = "ok"
    CONVERT = "convert"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the sound lies in a file: `header` followed by the `parts` is the canonical file.

    `parts` are (start, length) byte ranges in order; `in_place` says that the file already
    begins exactly as its canonical form does.
    """

    container: str
    parts: tuple[tuple[int, int], ...]
    header: bytes = b""
    in_place: bool = False

    @property
    def size_bytes(self) -> int:
        """The size of the canonical file."""
        return len(self.header) + sum(length for _, length in self.parts)

    def to_json(self) -> dict[str, Any]:
        """The layout as plain JSON values."""
        return {
            "container": self.container,
            "parts": [list(part) for part in self.parts],
            "header": self.header.hex(),
            "in_place": self.in_place,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Layout":
        """The layout that `to_json` wrote; KeyError, TypeError or ValueError on anything else."""
        return cls(
            container=str(value["container"]),
            parts=tuple((int(start), int(length)) for start, length in value["parts"]),
            header=bytes.fromhex(value["header"]),
            in_place=bool(value["in_place"]),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One recording, examined. Facts that could not be known are None; `layout` is there when ok.

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

    def refused(self, code: str, message: str) -> "Finding":
        """The same facts, refused for this reason."""
        return replace(self, verdict=Verdict.REFUSE, code=code, message=message, layout=None)

    def to_convert(self, code: str, message: str) -> "Finding":
        """The same facts, usable only after a conversion."""
        return replace(self, verdict=Verdict.CONVERT, code=code, message=message, layout=None)

    def to_json(self) -> dict[str, Any]:
        """The finding as a dict of plain JSON values, for a JSONField or a pipe."""
        value = {name: getattr(self, name) for name in _FACTS}
        value["verdict"] = self.verdict.value
        value["layout"] = self.layout.to_json() if self.layout else None
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Finding":
        """The finding that `to_json` wrote; KeyError, TypeError or ValueError on anything else."""
        facts = {name: value[name] for name in _FACTS}
        facts["verdict"] = Verdict(value["verdict"])
        facts["layout"] = Layout.from_json(value["layout"]) if value["layout"] else None
        return cls(**facts)


_FACTS = tuple(Finding.__dataclass_fields__)
