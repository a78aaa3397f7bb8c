"""Sentences about what was changed in a recording before it is sent."""

from math import log10

from voices.audio.decode import Decoded
from voices.audio.edits import Edit
from voices.audio.header import Header
from voices.audio.wording import length


def conversion_notes(header: Header, sound: Decoded, *, container: str, gain: float) -> tuple[str, ...]:
    """Return sentences about the conversion."""
    notes = []
    if header.finding.layout is None:
        notes.append(f"Converted from {header.label}.")
    if sound.has_video:
        notes.append("Only the audio is sent, not the video.")
    if sound.tracks > 1:
        notes.append(f"The first of its {sound.tracks} audio tracks is sent.")
    if sound.channels > 1:
        notes.append(
            "Stereo mixed to mono." if sound.channels == 2 else f"{sound.channels} channels mixed to one."
        )
    if (decibels := -20 * log10(gain)) >= 0.05:  # less would read "0.0 dB"
        notes.append(f"Turned down by {decibels:.1f} dB because its peaks were above full scale.")
    if container == "mp3":
        notes.append("Sent as MP3 because it's over 10 MB as WAV.")
    return tuple(notes)


def edit_notes(edit: Edit, *, seconds: float) -> tuple[str, ...]:
    """Return sentences about the edit, which leaves `seconds` of the recording."""
    notes = []
    if edit.start is not None or edit.end is not None:
        notes.append(f"Cut to {length(seconds)}.")
    if edit.remove_dc:
        notes.append("DC offset removed.")
    if edit.trim_silence:
        notes.append("Silence at both ends removed.")
    if edit.level:
        notes.append("Level set to −20 LUFS.")
    return tuple(notes)
