"""A child process that measures and edits ten minutes of a recording, and says what that took."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from voices.audio.answers import write_answer
from voices.audio.edits import Edit
from voices.audio.report.editing import apply_edit
from voices.audio.report.measuring import measure
from voices.audio.report.source import SourceMeter

STATUS = Path("/proc/self/status").open(encoding="ascii")  # noqa: SIM115  # later nothing can be opened


def main(arguments: Sequence[str]) -> None:
    """Print the report on standard input, 16-bit samples at 44.1 kHz that are repeated, and the memory used in MB."""
    piece = np.frombuffer(sys.stdin.buffer.read(), np.int16).astype(np.float32) / 32_768
    mono = np.tile(piece, int(arguments[0]))
    meter = SourceMeter()
    for start in range(0, mono.size, 4_096):
        meter.feed(mono[None, start : start + 4_096])
    report = measure(mono, source=meter.facts())
    apply_edit(mono, edit=Edit(remove_dc=True, trim_silence=True, level=True))
    STATUS.seek(0)
    memory = next(int(line.split()[1]) / 1_024 for line in STATUS if line.startswith("VmHWM"))
    write_answer({"report": replace(report, peaks=()).to_json(), "memory": memory})
