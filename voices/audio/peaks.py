"""The outline of a recording for the player: a few peaks, from a decode in a limited child process."""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from voices.audio.child import Bounds, ask_child
from voices.audio.errors import ChildError

logger = logging.getLogger(__name__)

# Decoding 5 minutes takes below 1 s; the libraries alone map 400 MB of addresses.
BOUNDS = Bounds(memory_bytes=1_000_000_000, cpu_seconds=10, wall_seconds=20.0)


@dataclass(frozen=True, slots=True)
class Wave:
    """`peaks`: the loudest moment of each slice, 0..100 of the loudest of all; `seconds` as decoded."""

    peaks: tuple[int, ...]
    seconds: float


def peaks_in_child(path: Path, *, count: int = 96, python: str = sys.executable) -> Wave | None:
    """The `count` peaks of the WAV or MP3 file at `path`; None when it cannot be decoded."""
    try:
        answer = ask_child(
            "voices.audio.peaks_main", path, bounds=BOUNDS, arguments=(str(count),), python=python
        )
        return Wave(tuple(int(peak) for peak in answer["peaks"]), float(answer["seconds"]))
    except (ChildError, KeyError, TypeError, ValueError) as problem:
        logger.warning("Drawing a recording failed: %s", problem)
        return None
