"""Loudness and peaks are those of ffmpeg: within 0.1 LU and 0.1 dB on every sound."""

import re
import subprocess
from collections.abc import Callable

import numpy as np
import pytest

from tests import sounds
from tests.audio.report.recordings import RATE, VOICES, Samples, amplified, clipped, noisy, report_on, spoken
from tests.tools import tool

TIME = np.arange(12 * RATE) / RATE


def float32(samples: np.ndarray) -> Samples:
    return samples.astype(np.float32)


def speech() -> Samples:
    return float32(sounds.speech(12, rate=RATE) / 32_768)


SOUNDS: dict[str, Callable[[], Samples]] = {
    **{voice: lambda voice=voice: spoken(voice) for voice in VOICES},
    "made speech": speech,
    "clipped": lambda: clipped(spoken("de"), 6),
    "noise at -23 dBFS": lambda: amplified(noisy(speech() * 0 + 1, 0) - 1, -23),
    "tone of 997 Hz": lambda: float32(0.1 * np.sin(2 * np.pi * 997 * TIME)),
    "between the samples": lambda: float32(0.7 * np.sin(2 * np.pi * RATE / 4 * TIME + np.pi / 4)),
    "half silent": lambda: speech() * float32(TIME < 6),
    "quieter than the gate": lambda: amplified(speech(), -60),
    "with an offset": lambda: speech() + np.float32(0.05),
    "with rumble at 15 Hz": lambda: speech() * 0.2 + float32(0.3 * np.sin(2 * np.pi * 15 * TIME)),
    "one click": lambda: float32(np.where(TIME == 3, 0.9, 0.0)) + amplified(speech(), -40),
    "over full scale": lambda: amplified(speech(), 9),
}


def ffmpeg(samples: Samples) -> tuple[float, float]:
    """Loudness in LUFS and peak in dBFS, as ffmpeg measures them."""
    chain = "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-,astats"
    command = [
        tool("ffmpeg"),
        "-hide_banner",
        "-nostats",
        "-f",
        "f32le",
        "-ar",
        str(RATE),
        "-ac",
        "1",
        "-i",
        "-",
    ]
    done = subprocess.run(
        [*command, "-af", chain, "-f", "null", "-"], input=samples.tobytes(), capture_output=True, check=True
    )
    loudness = re.findall(r"lavfi\.r128\.I=(\S+)", done.stdout.decode())[-1]
    peak = re.findall(r"Peak level dB: (\S+)", done.stderr.decode())[0]
    return float(loudness), float(peak)


@pytest.mark.parametrize("name", SOUNDS)
def test_loudness_and_peaks_are_those_of_ffmpeg(name: str) -> None:
    sound = SOUNDS[name]()
    report, (loudness, peak) = report_on(sound), ffmpeg(sound)
    assert report.loudness == pytest.approx(max(loudness, -70), abs=0.1)
    assert report.peak == pytest.approx(peak, abs=0.1)
