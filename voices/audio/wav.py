"""Rules for WAV files of every kind."""

from dataclasses import replace
from typing import BinaryIO

from voices.audio import faults, limits
from voices.audio.faults import Fault
from voices.audio.findings import Finding, Layout, Verdict
from voices.audio.header import Header
from voices.audio.riff import (
    A_LAW,
    CODECS,
    FLOAT,
    MU_LAW,
    PCM,
    Wav,
    WavFormat,
    header_around,
    scan_wavs,
    wav_header,
)

REPAIRED = "Its header was wrong and was repaired."
NAMES = {FLOAT: "floating-point", A_LAW: "A-law", MU_LAW: "µ-law"}
BROKEN_HEADER = Fault(
    "wav_header", "This WAV file is damaged at its beginning, so its sound cannot be read.", faults.AGAIN
)


def judge_wav(file: BinaryIO, size: int, *, start: int = 0) -> Header:
    """Examine a RIFF/WAVE file that begins at `start`."""
    file.seek(0)
    wavs = scan_wavs(file.read(size), start)
    finding = Finding(Verdict.OK, "ok", "", container="wav", size_bytes=size)
    fmt = wavs[0].fmt
    if fmt is None or not fmt.is_plausible:
        return Header(finding, "WAV", faults=(BROKEN_HEADER,))
    finding = replace(
        finding,
        codec=fmt.codec,
        rate=fmt.rate,
        channels=fmt.channels,
        bits=fmt.bits or None,
        bit_rate=(fmt.rate * fmt.frame_bytes if fmt.is_sampled else fmt.byte_rate) * 8 or None,
    )
    heard = [
        wav for wav in wavs if wav.fmt and wav.fmt.is_plausible and wav.data_bytes >= wav.fmt.frame_bytes
    ]
    if not heard:
        return Header(finding, "WAV", faults=(faults.no_sound("WAV"),))
    return _judge_sound(file, finding, fmt, heard)


def _judge_sound(file: BinaryIO, finding: Finding, fmt: WavFormat, wavs: list[Wav]) -> Header:
    sources = _sources(wavs)
    label = label_of(fmt)
    if all(wav.fmt and wav.fmt.is_sampled for wav in wavs):
        seconds = sum(_seconds(wav, wav.data_bytes) for wav in wavs)
        finding = replace(finding, seconds=round(seconds, 3))
    finding = replace(finding, done=_done(wavs))
    if len(sources) == 1 and _is_sent_as_it_is(fmt) and sources[0].size_bytes <= limits.FORWARD_BYTES:
        finding = replace(finding, layout=_in_place(file, sources[0]))
    return Header(finding, label, sources, _truncation(label, wavs[-1], finding))


def label_of(fmt: WavFormat) -> str:
    """Return what people call a WAV of this format, such as "24-bit WAV"."""
    words = []
    if not limits.MIN_RATE <= fmt.rate <= limits.MAX_RATE:
        words.append(f"{fmt.rate / 1000:g} kHz")
    if fmt.tag == PCM and fmt.bits != 16:
        words.append(f"{fmt.bits}-bit")
    elif fmt.tag != PCM:
        words.append(NAMES.get(fmt.tag, CODECS.get(fmt.tag, "").upper()))
    return " ".join([*filter(None, words), "WAV"])


def _seconds(wav: Wav, data_bytes: int) -> float:
    return data_bytes // wav.fmt.frame_bytes / wav.fmt.rate if wav.fmt else 0.0


def _sources(wavs: list[Wav]) -> tuple[Layout, ...]:
    """Return what to decode: WAVs of one format that follow each other as one, in new headers."""
    sources: list[Layout] = []
    before: WavFormat | None = None
    for wav in wavs:
        fmt, start = wav.fmt, wav.data_start
        if fmt is None or start is None:
            continue
        part = (
            start,
            wav.data_bytes // fmt.frame_bytes * fmt.frame_bytes if fmt.is_sampled else wav.data_bytes,
        )
        is_same = before is not None and fmt.is_sampled and before.body[:16] == fmt.body[:16]
        parts = (*sources.pop().parts, part) if is_same else (part,)
        sources.append(Layout("wav", parts, _header(fmt, sum(length for _, length in parts))))
        before = fmt
    return tuple(sources)


def _header(fmt: WavFormat, data_bytes: int) -> bytes:
    if not fmt.is_sampled:
        return header_around(fmt.body, data_bytes=data_bytes)
    bits = fmt.frame_bytes // fmt.channels * 8
    return wav_header(channels=fmt.channels, rate=fmt.rate, data_bytes=data_bytes, tag=fmt.tag, bits=bits)


def _in_place(file: BinaryIO, layout: Layout) -> Layout:
    """Return the layout, marked if the file already begins with its header and the samples follow."""
    file.seek(0)
    is_there = len(layout.parts) == 1 and file.read(len(layout.header)) == layout.header
    return replace(layout, in_place=is_there and layout.parts[0][0] == len(layout.header))


def _is_sent_as_it_is(fmt: WavFormat) -> bool:
    """Whether Althea takes samples of this format."""
    is_usual = fmt.tag == PCM and fmt.frame_bytes == 2 * fmt.channels and fmt.channels <= 2
    return is_usual and limits.MIN_RATE <= fmt.rate <= limits.MAX_RATE


def _done(wavs: list[Wav]) -> tuple[str, ...]:
    done = []
    if len(wavs) > 1:
        done.append(f"{len(wavs)} recordings in this file were joined.")
    is_odd = any(wav.fmt and wav.fmt.is_sampled and wav.fmt.block != wav.fmt.frame_bytes for wav in wavs)
    if is_odd or any(wav.is_repaired for wav in wavs):
        done.append(REPAIRED)
    return tuple(done)


def _truncation(label: str, last: Wav, finding: Finding) -> tuple[Fault, ...]:
    """Return the fault of a file whose end is missing; a compressed one is judged by what can be decoded."""
    if last.announced is None or finding.seconds is None:
        return ()
    total = finding.seconds + _seconds(last, last.announced) - _seconds(last, last.data_bytes)
    if not limits.is_truncated(finding.seconds, of=total):
        return ()
    return (faults.truncated(label, seconds=finding.seconds, of=total),)
