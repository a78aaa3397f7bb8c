"""The waveform of a recording for the player: a few peaks, decoded in a limited child process."""

import logging
from dataclasses import dataclass
from pathlib import Path

from voices.audio.child import SERVER, Bounds, ForkServer, ask_child
from voices.audio.errors import ChildError

logger = logging.getLogger(__name__)

# Decoding 5 minutes takes less than 1 s; the libraries alone map 400 MB of address space.
BOUNDS = Bounds(memory_bytes=1_000_000_000, cpu_seconds=10, wall_seconds=20.0)


@dataclass(frozen=True, slots=True)
class Wave:
    """A waveform: `peaks` are the maxima of equal slices, 0..100 relative to the loudest; `seconds` as decoded."""

    peaks: tuple[int, ...]
    seconds: float


def peaks_in_child(path: Path, *, count: int = 96, server: ForkServer = SERVER) -> Wave | None:
    """Return `count` peaks of the WAV or MP3 file at `path`; None if it cannot be decoded."""
    try:
        answer = ask_child(
            "voices.audio.peaks_main", path, bounds=BOUNDS, arguments=(str(count),), server=server
        )
        return Wave(tuple(int(peak) for peak in answer["peaks"]), float(answer["seconds"]))
    except (ChildError, KeyError, TypeError, ValueError) as problem:
        logger.warning("Computing a waveform failed: %s", problem)
        return None
