"""Our verdict beside three tools that read nearly everything: what two of them read in full is taken in, exactly."""

import io
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.audio.corpus import Variation, corpus
from tests.tools import tool
from voices.audio.decode import Decoded
from voices.audio.examine import hear
from voices.audio.header import Header

TOOLS = ("ffmpeg", "sox", "sndfile-convert")
REASONS = {
    "mp3 free bit rate": "FFmpeg, which decodes here, cannot read it; no program has written it for 20 years.",
}


def by_ffmpeg(path: Path) -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", path, "-map", "0:a:0"]
    return output([*command, "-f", "s16le", "-ar", "8000", "-ac", "1", "-"])


def by_sox(path: Path) -> bytes:
    return output(
        ["sox", "-D", "-V1", path, "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "8000", "-"]
    )


def by_sndfile(path: Path) -> bytes:
    """sndfile-convert resamples nothing: the length is made what it would be at 8 kHz."""
    converted = path.with_suffix(".sndfile.wav")
    if subprocess.run(
        ["sndfile-convert", "-pcm16", path, converted], capture_output=True, check=False
    ).returncode:
        return b""
    header, size = converted.read_bytes()[:44], converted.stat().st_size - 44
    byte_rate = int.from_bytes(header[28:32], "little")
    return bytes(int(size / byte_rate * 8_000) * 2)


def output(command: list[object]) -> bytes:
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


# In the order of what it costs to start them.
READERS: tuple[Callable[[Path], bytes], ...] = (by_sox, by_sndfile, by_ffmpeg)


def is_read_by_two(variation: Variation, path: Path) -> bool:
    """Whether two of the tools read all of it; encoders add up to a tenth of a second."""
    path.write_bytes(variation.content)
    counts = {True: 0, False: 0}
    for read in READERS:
        counts[abs(len(read(path)) / 16_000 - variation.seconds) < 0.3] += 1
        if 2 in counts.values():
            break
    return counts[True] == 2


def refusal_of(variation: Variation) -> str:
    """Why it is not taken in in full, and to the sample if nothing is lost in it; empty if it is."""
    header, sound = hear(io.BytesIO(variation.content), len(variation.content))
    if header.faults:
        return header.faults[0].fact
    seconds = header.finding.seconds or 0.0
    if abs(seconds - variation.seconds) > 0.3:
        return f"{seconds} seconds"
    if variation.truth is None:
        return ""
    ours = samples_sent(variation.content, header, sound)
    is_exact = ours.shape == variation.truth.shape and np.abs(ours - variation.truth.astype(float)).max() <= 1
    return "" if is_exact else "other samples"


def samples_sent(content: bytes, header: Header, sound: Decoded) -> np.ndarray:
    """The samples of the first channel, in steps of 16 bits."""
    layout = header.finding.layout
    if layout is None:
        return np.rint(sound.mono * 32_768)
    data = b"".join(content[start : start + length] for start, length in layout.parts)
    return np.frombuffer(data, np.int16).reshape(-1, header.finding.channels or 1)[:, 0]


@pytest.fixture(scope="module")
def variations(tmp_path_factory: pytest.TempPathFactory) -> list[Variation]:
    for name in TOOLS:
        tool(name)
    return list(corpus(tmp_path_factory.mktemp("corpus")))


def test_the_corpus_has_variety(variations: list[Variation]) -> None:
    assert len({one.name for one in variations}) == len(variations) >= 150


def test_what_two_tools_read_is_taken_in(variations: list[Variation], tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.{one.ending}" for number, one in enumerate(variations)]
    with ThreadPoolExecutor(2) as pool:
        read_by_two = list(pool.map(is_read_by_two, variations, paths))
    refused = {
        one.name: reason
        for one, is_read in zip(variations, read_by_two, strict=True)
        if is_read and (reason := refusal_of(one))
    }
    assert refused.keys() == REASONS.keys(), refused
