"""Decides what a file is and whether it can be forwarded, by its content and never by its name.

Runs in the limited child (`child.py`), as it parses untrusted files. No content makes it raise.
"""

from dataclasses import replace
from typing import BinaryIO

from voices.audio import limits
from voices.audio.findings import Finding, Verdict
from voices.audio.mp3 import judge_mp3
from voices.audio.sniff import WAV, Kind, sniff
from voices.audio.tags import id3_end
from voices.audio.wav import judge_wav
from voices.audio.wording import megabytes

HEAD_BYTES = 4_096
TAGGED_WAV = Kind("a WAV recording with other tags in front of it", "wav")


def probe(file: BinaryIO, size: int) -> Finding:
    """Return the finding for a seekable file of `size` bytes. Read at most 50 MB."""
    finding = Finding(Verdict.OK, "ok", "", size_bytes=size)
    if size == 0:
        return finding.refused("empty", "This file is empty. Choose the recording again.")
    if size > limits.INPUT_BYTES:
        return finding.refused("too_big", _too_big(size))
    kind = _kind(file)
    if kind is WAV:
        return judge_wav(file, size)
    if kind is None:
        return judge_mp3(file, size)
    return _judge_foreign(finding, kind)


def _too_big(size: int) -> str:
    return (
        f"This file is {megabytes(size)}; at most 10 MB can be used. Cut out the best 30 to 60 seconds, "
        "export them as WAV (16-bit, mono) or MP3 and choose the new file."
    )


def _kind(file: BinaryIO) -> Kind | None:
    """Return the kind of the file after any ID3 tags, which may precede other formats than MP3."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    behind = id3_end(head)
    if not behind:
        return sniff(head)
    file.seek(behind)
    kind = sniff(file.read(HEAD_BYTES))
    return TAGGED_WAV if kind is WAV else kind


def _judge_foreign(finding: Finding, kind: Kind) -> Finding:
    if kind.container is None:
        sentence = f"This is {kind.noun}, not a recording. Choose a WAV or MP3 file."
        return finding.refused("not_audio", sentence)
    found = replace(finding, container=kind.container)
    return found.to_convert(
        f"container:{kind.container}",
        f"This is {kind.noun}. Export it as WAV (16-bit, mono) or MP3 and choose it again.",
    )
