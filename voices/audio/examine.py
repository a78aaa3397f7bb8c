"""Examines a recording from its first byte to its report. Runs in the limited child."""

from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from voices.audio import change_notes, faults, limits
from voices.audio.cross_check import confirms
from voices.audio.decode import Decoded, decode
from voices.audio.edits import UNCHANGED, Edit
from voices.audio.encode import container_for
from voices.audio.faults import Fault, refuse
from voices.audio.findings import Finding, Verdict
from voices.audio.header import Header
from voices.audio.mixdown import Samples
from voices.audio.probe import probe
from voices.audio.report.blocks import RATE
from voices.audio.report.editing import apply_edit, edit_bounds
from voices.audio.report.facts import Report
from voices.audio.report.measuring import measure
from voices.audio.report.ratings import is_silent, is_too_little_speech
from voices.audio.wording import length

MEASURABLE_SECONDS = 1.0
REWRITTEN = "Rewritten because programs read its header differently."
UNKNOWN_SOUND = {"no_sound", "undecodable", "corrupt"}  # neither its length nor its content can be determined


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding, the report (None without enough sound) and the samples to encode (None: sent as it is)."""

    finding: Finding
    report: Report | None = None
    mono: Samples | None = None


def examine(file: BinaryIO, size: int, *, edit: Edit = UNCHANGED, stall_seconds: float = 0.0) -> Examined:
    """Examine a seekable file of `size` bytes; no content makes it raise. `stall_seconds` as for `decode`."""
    header, sound = hear(file, size, stall_seconds=stall_seconds)
    found = header.faults
    if not header.sources or any(fault.code in UNKNOWN_SOUND for fault in found):
        return Examined(refuse(header.finding, found))
    if not found and not edit.is_empty and not _apply(edit, sound):
        found = (faults.NOTHING_LEFT,)
    gain = 1.0 if _is_sent_as_it_is(header, edit) else _below_full_scale(sound.mono)
    report = _report(sound)
    found += _sound_faults(sound, report, seconds=_seconds(header, sound, edit))
    if found:
        return Examined(refuse(header.finding, found), report)
    return _accepted(header, sound, edit, report, gain)


def hear(file: BinaryIO, size: int, *, stall_seconds: float = 0.0) -> tuple[Header, Decoded]:
    """Parse the structure of a file and decode its sound, without measuring it."""
    header = probe(file, size)
    if (header.finding.seconds or 0.0) > limits.MAX_SECONDS:
        header = replace(header, sources=(), faults=faults.wrong_length(header.finding.seconds or 0.0))
    if not header.sources:
        return header, Decoded()
    layout = header.finding.layout
    if layout and not confirms(file, layout, header.finding):
        header = replace(
            header, finding=replace(header.finding, layout=None, done=(*header.finding.done, REWRITTEN))
        )
    sound = decode(file, header.sources, stall_seconds=stall_seconds)
    found = header.faults or _decoding_faults(header, sound)
    return replace(header, finding=_with_facts(header.finding, sound), faults=found), sound


def _with_facts(finding: Finding, sound: Decoded) -> Finding:
    seconds = finding.seconds or round(sound.seconds, 3)
    return replace(
        finding,
        seconds=seconds,
        codec=finding.codec or sound.codec or None,
        rate=finding.rate or sound.rate or None,
        channels=finding.channels or sound.channels or None,
        bit_rate=finding.bit_rate or (round(finding.size_bytes * 8 / seconds) if seconds else None),
    )


def _decoding_faults(header: Header, sound: Decoded) -> tuple[Fault, ...]:
    """Return the faults of the file that decoding has shown."""
    if not sound.packets and not sound.errors:
        return (faults.no_sound(header.label),)
    if sound.errors > max(limits.FEW_ERRORS, limits.JUNK_SHARE * sound.packets) or not sound.seconds:
        return (faults.damaged(header.label, seconds=sound.seconds),)
    announced = sound.announced_seconds
    if not sound.is_longer and limits.is_truncated(sound.seconds, of=header.finding.seconds or 0.0):
        return (faults.damaged(header.label, seconds=sound.seconds),)
    if sound.is_longer or not limits.is_truncated(sound.seconds, of=announced):
        return ()
    if header.finding.size_bytes * announced / sound.seconds > limits.INPUT_BYTES:
        return ()  # it could not be that long: a wrong header
    return (faults.truncated(header.label, seconds=sound.seconds, of=announced),)


def _apply(edit: Edit, sound: Decoded) -> bool:
    """Apply the edit to the sound. Return False if nothing remains."""
    try:
        first, last = edit_bounds(sound.mono, edit=edit)
        edited = apply_edit(sound.mono, edit=edit)
    except ValueError:
        return False
    sound.source = sound.source.between(first / sound.mono.size, last / sound.mono.size)
    sound.mono = edited
    return True


def _is_sent_as_it_is(header: Header, edit: Edit) -> bool:
    return header.finding.layout is not None and edit.is_empty


def _below_full_scale(mono: Samples) -> float:
    """Scale down sound beyond full scale, as from float files and lossy codecs. Return the factor."""
    peak = max(float(mono.max(initial=0.0)), -float(mono.min(initial=0.0)))
    if peak <= 1:
        return 1.0
    np.divide(mono, peak, out=mono)
    return 1 / peak


def _report(sound: Decoded) -> Report | None:
    if sound.is_longer or sound.mono.size < MEASURABLE_SECONDS * RATE:
        return None
    return measure(sound.mono, source=sound.source)


def _seconds(header: Header, sound: Decoded, edit: Edit) -> float:
    """Return the length to check: that of the sound to send, or of the whole file if decoding stopped early."""
    if sound.is_longer:
        return max(sound.seconds, sound.announced_seconds)
    return (header.finding.seconds or 0.0) if edit.is_empty else sound.mono.size / RATE


def _sound_faults(sound: Decoded, report: Report | None, *, seconds: float) -> tuple[Fault, ...]:
    found = faults.wrong_length(seconds)
    if report is None:
        return found
    if is_silent(report):
        return (*found, faults.SILENT)
    return (*found, faults.little_speech(report.speech_seconds)) if is_too_little_speech(report) else found


def _accepted(header: Header, sound: Decoded, edit: Edit, report: Report | None, gain: float) -> Examined:
    finding = replace(header.finding, verdict=Verdict.OK, code="ok")
    if _is_sent_as_it_is(header, edit):
        return Examined(replace(finding, message=_message(header.label, finding)), report)
    container = container_for(sound.mono.size)
    done = change_notes.conversion_notes(header, sound, container=container, gain=gain)
    done += change_notes.edit_notes(edit, seconds=sound.mono.size / RATE)
    seconds = round(sound.mono.size / RATE, 3)
    finding = replace(finding, layout=None, seconds=seconds, done=(*finding.done, *done))
    return Examined(replace(finding, message=_message(header.label, finding)), report, sound.mono)


def _message(label: str, finding: Finding) -> str:
    return f"{label} recording of {length(finding.seconds or 0.0)}."
