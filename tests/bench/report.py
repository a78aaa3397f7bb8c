"""Measuring 60 s of a recording against what the ffmpeg command line takes to measure less of it, in processor time."""

import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests import sounds
from tests.bench.table import Figure
from tests.bench.timing import in_turn
from voices.audio.child import ROOT
from voices.audio.report.measuring import RATE
from voices.audio.report.measuring import measure as measure_recording
from voices.audio.report.source import SourceMeter

SECONDS = 60
FFMPEG = ("ffmpeg", "-nostdin", "-hide_banner", "-i")
CHAIN = ("-af", "ebur128,astats,silencedetect", "-f", "null", "-")


def measure() -> list[Figure]:
    """Return one ratio."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recording.wav"
        path.write_bytes(sounds.speech_wav(SECONDS, rate=RATE))
        both = in_turn(partial(_ours, path), partial(_ffmpeg, path), pairs=12)
    return [Figure("report on 60 s / ffmpeg ebur128,astats,silencedetect", both.ratio, 0.6, note=both.note)]


def _ours(path: Path) -> float:
    """Return the processor time of a process of its own, as numpy's threads are chosen at its start."""
    command = [sys.executable, "-m", "tests.bench.report", str(path)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return float(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout)


def _ffmpeg(path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*FFMPEG, str(path), *CHAIN], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(path: Path) -> None:
    """Print the processor time of the second report: the first computes the filters, as a warm-up does."""
    mono = np.frombuffer(path.read_bytes(), np.int16, offset=44).astype(np.float32) / 32_768
    for _ in range(2):
        start, meter = time.process_time(), SourceMeter()
        for begin in range(0, mono.size, 1_152):
            meter.feed(mono[None, begin : begin + 1_152])
        measure_recording(mono, source=meter.facts())
        seconds = time.process_time() - start
    print(seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
