"""Decides what a file is by its content, never by its name, and which bytes of it are sound.

Runs in the limited child (`child.py`), as it parses untrusted files. No content makes it raise.
"""

from dataclasses import replace
from typing import BinaryIO

from voices.audio import faults, limits
from voices.audio.faults import Fault
from voices.audio.findings import Finding, Layout, Verdict
from voices.audio.header import Header
from voices.audio.mp3 import judge_mp3
from voices.audio.sniff import Kind, sniff
from voices.audio.tags import id3_end
from voices.audio.wav import judge_wav

HEAD_BYTES = 4_096


def probe(file: BinaryIO, size: int) -> Header:
    """Examine the structure of a seekable file of `size` bytes. Read at most 50 MB."""
    finding = Finding(Verdict.OK, "ok", "", size_bytes=size)
    if size == 0:
        return _unusable(finding, faults.EMPTY)
    if size > limits.INPUT_BYTES:
        return _unusable(finding, faults.too_big(size))
    kind, start = _kind(file)
    if kind is None:
        return judge_mp3(file, size)
    if not kind.container:
        return _unusable(finding, faults.not_audio(kind.name))
    if kind.container in ("wav", "rf64"):
        return judge_wav(file, size, start=start)
    return Header(
        replace(finding, container=kind.container),
        kind.name,
        sources=(Layout(kind.demuxer, ((start, size - start),)),),
    )


def _unusable(finding: Finding, fault: Fault) -> Header:
    return Header(finding, "", faults=(fault,))


def _kind(file: BinaryIO) -> tuple[Kind | None, int]:
    """Return the kind of the file after any ID3 tags, which may precede other formats than MP3, and where it begins."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    behind = id3_end(head)
    if behind:
        file.seek(behind)
        head = file.read(HEAD_BYTES)
    return sniff(head), behind
