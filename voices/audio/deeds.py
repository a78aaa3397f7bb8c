"""What was done to a recording before it is sent, in plain words."""

from math import log10

from voices.audio.decode import Decoded
from voices.audio.edits import Edit
from voices.audio.header import Header
from voices.audio.wording import length


def conversion(header: Header, sound: Decoded, *, container: str, gain: float) -> tuple[str, ...]:
    """Return what a new encoding changes."""
    said = []
    if header.finding.layout is None:
        said.append(f"Converted from {header.label}.")
    if sound.has_video:
        said.append("Only the audio is sent, not the video.")
    if sound.tracks > 1:
        said.append(f"The first of its {sound.tracks} audio tracks is sent.")
    if sound.channels > 1:
        said.append(
            "Stereo mixed to mono." if sound.channels == 2 else f"{sound.channels} channels mixed to one."
        )
    if (decibels := -20 * log10(gain)) >= 0.05:  # less would read "0.0 dB"
        said.append(f"Turned down by {decibels:.1f} dB because its peaks were above full scale.")
    if container == "mp3":
        said.append("Sent as MP3 because it's over 10 MB as WAV.")
    return tuple(said)


def editing(edit: Edit, *, seconds: float) -> tuple[str, ...]:
    """Return what was chosen to be changed; `seconds` remain."""
    said = []
    if edit.start is not None or edit.end is not None:
        said.append(f"Cut to {length(seconds)}.")
    if edit.remove_dc:
        said.append("DC offset removed.")
    if edit.trim_silence:
        said.append("Silence at both ends removed.")
    if edit.level:
        said.append("Level set to −20 LUFS.")
    return tuple(said)
