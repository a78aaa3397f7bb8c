"""The result of parsing a file's structure, before its sound is decoded."""

from dataclasses import dataclass

from voices.audio.faults import Fault
from voices.audio.findings import Finding, Layout


@dataclass(frozen=True, slots=True)
class Header:
    """The first examination of a file.

    `finding` has the facts; its layout is set if the sound can be sent as it is, without encoding it anew. `sources`
    are what to decode, in this order, each for one demuxer; none if the file is certainly no recording. `label` is
    what people call the kind, such as "24-bit WAV". `faults` are reasons to refuse it that do not need the sound.
    """

    finding: Finding
    label: str
    sources: tuple[Layout, ...] = ()
    faults: tuple[Fault, ...] = ()
