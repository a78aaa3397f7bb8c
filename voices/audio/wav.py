"""Rules for WAV files, in the order in which they are reported."""

import logging
import math
from dataclasses import replace
from typing import BinaryIO

from mutagen.wave import WaveStreamInfo

from voices.audio import limits
from voices.audio.file_head import FileHead
from voices.audio.findings import Finding, Layout, Verdict
from voices.audio.lengths import judge_length
from voices.audio.riff import PCM, Riff, WavFormat, scan_riff, wav_header
from voices.audio.wording import length, megabytes

logger = logging.getLogger(__name__)

EXPORT = "Export it as WAV (16-bit, mono) or MP3 and choose it again."
BROKEN_HEADER = (
    "This WAV file is damaged at its beginning, so its audio cannot be read. "
    "Open the recording in an audio program, export it again as WAV (16-bit, mono) and choose the new file."
)
SILENT = "This WAV file contains no sound. Record again, or choose another file."
KINDS = {
    "float": "has floating-point samples",
    "a-law": "has telephone audio (A-law)",
    "mu-law": "has telephone audio (µ-law)",
    "adpcm": "has compressed audio (ADPCM)",
    "gsm": "has telephone audio (GSM)",
    "mp2": "contains MP2 audio",
    "mp3": "contains MP3 audio",
    "aac": "contains AAC audio",
}


def judge_wav(file: BinaryIO, size: int) -> Finding:
    """Return the finding for a RIFF/WAVE file of `size` bytes."""
    riff = scan_riff(file, size)
    finding = Finding(Verdict.OK, "ok", "", container="wav", size_bytes=size)
    if riff.is_crowded:
        return finding.refused(
            "wav_chunks",
            "This WAV file is built in an unusual way: it has hundreds of sections before its audio. "
            "Export the recording again as plain WAV (16-bit, mono) and choose the new file.",
        )
    if riff.fmt is None:
        return finding.refused("wav_header", BROKEN_HEADER)
    finding = _with_format(finding, riff.fmt)
    if not _is_plausible(riff.fmt):
        return finding.refused("wav_header", BROKEN_HEADER)
    if riff.data_start is None:
        return finding.refused("wav_nodata", SILENT)
    if riff.data_start >= size or (riff.data_claimed == 0 and riff.riff_size + 8 == size):
        return finding.refused("no_sound", SILENT)
    return _judge_sound(file, finding, riff.fmt, riff, data_start=riff.data_start)


def _with_format(finding: Finding, fmt: WavFormat) -> Finding:
    return replace(
        finding,
        codec=f"pcm_{fmt.bits}" if fmt.tag == PCM else fmt.codec,
        rate=fmt.rate or None,
        channels=fmt.channels or None,
        bit_rate=fmt.byte_rate * 8 or None,
        bits=fmt.bits or None,
    )


def _is_plausible(fmt: WavFormat) -> bool:
    if not 1 <= fmt.channels <= limits.MAX_WAV_CHANNELS or fmt.block == 0:
        return False
    if not limits.MIN_HEADER_RATE <= fmt.rate <= limits.MAX_HEADER_RATE:
        return False
    return not fmt.is_sampled or fmt.block == fmt.channels * ((fmt.bits + 7) // 8)


def _judge_sound(file: BinaryIO, finding: Finding, fmt: WavFormat, riff: Riff, *, data_start: int) -> Finding:
    present = finding.size_bytes - data_start
    is_streamed = riff.data_claimed == 0 or riff.data_claimed >= limits.STREAMED_DATA_BYTES
    data_bytes = present if is_streamed else min(present, riff.data_claimed)
    frames = data_bytes // fmt.block
    if fmt.is_sampled:
        finding = replace(finding, seconds=round(frames / fmt.rate, 3), bit_rate=fmt.rate * fmt.block * 8)
    if riff.riff_size and not is_streamed and not _mutagen_agrees(file, fmt, riff, data_start=data_start):
        return finding.refused("wav_header", BROKEN_HEADER)
    if is_streamed:
        return finding.to_convert(
            "wav_stream_header",
            "This WAV file does not say how long it is: it was written by a program that streams its audio. "
            "Open it in an audio program, export it as WAV (16-bit, mono) or MP3 and choose the new file.",
        )
    if riff.data_claimed > present + 1:
        return finding.refused("truncated", _stops_early(finding, fmt, riff.data_claimed))
    layout = _layout(file, fmt, start=data_start, data_bytes=frames * fmt.block)
    return _judge_variant(finding, layout) or judge_length(replace(finding, layout=layout))


def _mutagen_agrees(file: BinaryIO, fmt: WavFormat, riff: Riff, *, data_start: int) -> bool:
    try:
        info = WaveStreamInfo(FileHead(file, data_start))
    except Exception:
        # Its own errors and anything else that a hostile header provokes: not a usable WAV either way.
        logger.warning("mutagen could not read a WAV header", exc_info=True)
        return False
    expected = riff.data_claimed / fmt.block / fmt.rate
    # No length: it gave up at an odd chunk or a short RIFF size, which our scan tolerates.
    is_close = not info.length or math.isclose(info.length, expected, rel_tol=0.01, abs_tol=0.01)
    return info.sample_rate == fmt.rate and is_close


def _stops_early(finding: Finding, fmt: WavFormat, claimed: int) -> str:
    again = "Part of it is missing: copy or upload the original file again."
    if finding.seconds is None:
        return f"This WAV file stops before its end. {again}"
    announced = length(claimed / fmt.block / fmt.rate)
    return f"This WAV recording stops after {length(finding.seconds)}; it should last {announced}. {again}"


def _layout(file: BinaryIO, fmt: WavFormat, *, start: int, data_bytes: int) -> Layout:
    header = wav_header(channels=fmt.channels, rate=fmt.rate, data_bytes=data_bytes)
    file.seek(0)
    in_place = start == len(header) and file.read(len(header)) == header
    return Layout("wav", ((start, data_bytes),), header, in_place)


def _judge_variant(finding: Finding, layout: Layout) -> Finding | None:
    what = _variant(finding)
    if what:
        return finding.to_convert("wav_variant", f"This WAV file {what}. {EXPORT}")
    if layout.size_bytes > limits.FORWARD_BYTES:
        return finding.to_convert("wav_variant", _too_large(finding, layout))
    return None


def _variant(finding: Finding) -> str:
    rate, channels = finding.rate or 0, finding.channels or 0
    if finding.codec in KINDS:
        return KINDS[finding.codec]
    if not (finding.codec or "").startswith("pcm_"):
        return "has an uncommon audio format"
    if finding.bits != 16:
        return f"has {finding.bits} bits per sample instead of 16"
    if channels > 2:
        return f"has {channels} channels; a voice needs one"
    if not limits.MIN_RATE <= rate <= limits.MAX_RATE:
        return f"was recorded at {rate / 1000:g} kHz; 16 to 48 kHz can be used"
    return ""


def _too_large(finding: Finding, layout: Layout) -> str:
    seconds = finding.seconds or 0.0
    fits_as_mono = 44 + seconds * 88_200 <= limits.FORWARD_BYTES
    advice = "Export it as mono (16-bit, 44.1 kHz) or as MP3" if fits_as_mono else "Export it as MP3"
    return (
        f"This WAV recording is {megabytes(layout.size_bytes)} and {length(seconds)} long; "
        f"the limit is 10 MB. {advice}, or shorten it, and choose the new file. "
        "A mono WAV (16-bit, 44.1 kHz) of less than 113 seconds or an MP3 of up to 5 minutes fits."
    )
