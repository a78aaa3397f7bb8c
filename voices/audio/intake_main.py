"""The child process of `take_in`: it reads the file from standard input, and an edit from its argument."""

import io
import json
import os
import sys
from collections.abc import Sequence

import numpy as np

from voices.audio.answers import write_answer
from voices.audio.edits import Edit
from voices.audio.encode import as_mp3, container_for, encode
from voices.audio.examine import examine
from voices.audio.riff import wav_header

STALL_SECONDS = 0.5  # a real recording opens within 0.01 s


def main(arguments: Sequence[str]) -> None:
    """Write the finding, the report and, if converted, the file to send for the recording on standard input."""
    file = sys.stdin.buffer
    # By seeking: `fstat` uses a system call that also takes paths, which this process may no longer make.
    size = file.seek(0, os.SEEK_END)
    edit = Edit.from_json(json.loads(arguments[0]))
    done = examine(file, size, edit=edit, stall_seconds=STALL_SECONDS)
    answer = {
        "finding": done.finding.to_json(),
        "report": done.report.to_json() if done.report else None,
        "container": "wav" if done.mono is None else container_for(done.mono.size),
    }
    write_answer(answer, () if done.mono is None else encode(done.mono))


def _warm_up() -> None:
    """Run everything once: libraries import parts lazily, which a confined process cannot."""
    noise = np.random.default_rng(0).integers(-9_000, 9_000, 19_200, np.int16).tobytes()
    content = wav_header(channels=2, rate=8_000, data_bytes=len(noise)) + noise
    examine(io.BytesIO(content), len(content), edit=Edit(remove_dc=True, trim_silence=True, level=True))
    as_mp3(np.zeros(2_304, np.float32))


_warm_up()
