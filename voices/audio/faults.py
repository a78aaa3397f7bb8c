"""Reasons why a recording cannot be used, as sentences. All faults of a recording are reported together."""

from dataclasses import dataclass

from voices.audio import limits
from voices.audio.findings import Finding
from voices.audio.wording import length, megabytes

AGAIN = "Copy or upload the original file again."
SHORTEN = "Cut out the best 30 to 60 seconds and choose the new file."
RECORD = "Record 30 to 60 seconds of one clear voice."
CHOOSE = "Choose a recording, such as an M4A, MP3 or WAV file."


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a code, a sentence that says what, and one that says what to do."""

    code: str
    fact: str
    advice: str


EMPTY = Fault("empty", "This file is empty.", "Choose the recording again.")
NOT_AUDIO = Fault("not_audio", "This file does not look like a recording.", CHOOSE)
UNREADABLE = Fault(
    "undecodable",
    "This file could not be read.",
    "Open it in an audio program, save it again as WAV or MP3, and choose the new file.",
)
NOT_EXAMINED = Fault(
    "not_examined", "Voice Studio was too busy to check this recording.", "Try again in a moment."
)
SILENT = Fault("silent", "This recording is silent.", "Check the microphone and record again.")
NOTHING_LEFT = Fault("too_short", "Nothing is left of the recording.", "Choose a longer part.")


def refuse(finding: Finding, faults: tuple[Fault, ...]) -> Finding:
    """Return the finding, refused for all these reasons, or unchanged if there are none."""
    if not faults:
        return finding
    sentences = dict.fromkeys([fault.fact for fault in faults] + [fault.advice for fault in faults])
    return finding.refused(faults[0].code, " ".join(sentences))


def not_audio(noun: str) -> Fault:
    """Return the fault of a file of another kind, such as "a JPEG picture"."""
    return Fault("not_audio", f"This is {noun}, not a recording.", CHOOSE)


def too_big(size_bytes: int) -> Fault:
    """Return the fault of a file above the limit of uploads."""
    most = megabytes(limits.INPUT_BYTES).replace(".0", "")
    return Fault("too_big", f"This file is {megabytes(size_bytes)}; at most {most} can be used.", SHORTEN)


def truncated(label: str, *, seconds: float, of: float) -> Fault:
    """Return the fault of a recording whose end is missing."""
    missing = f"{length(of - seconds)} of its {length(of)} are missing"
    return Fault("truncated", f"This {label} recording stops after {length(seconds)}; {missing}.", AGAIN)


def damaged(label: str, *, seconds: float) -> Fault:
    """Return the fault of a recording of which only `seconds` can be decoded."""
    if seconds < 1:
        return Fault(
            "undecodable", f"This {label} recording is damaged or incomplete and cannot be read.", AGAIN
        )
    return Fault("corrupt", f"This {label} recording is damaged: {length(seconds)} of it can be read.", AGAIN)


def no_sound(label: str) -> Fault:
    """Return the fault of a video without sound, or a recording without any samples."""
    return Fault("no_sound", f"This {label} file contains no sound.", "Record again, or choose another file.")


def wrong_length(seconds: float) -> tuple[Fault, ...]:
    """Return the fault of a recording of less than 10 seconds or more than 10 minutes."""
    if seconds < limits.MIN_SECONDS:
        fact = f"This recording is only {length(min(seconds, 9.9))} long; at least 10 are needed."
        return (Fault("too_short", fact, RECORD),)
    if seconds > limits.MAX_SECONDS:
        # Decoding stops a second later, so the rest is unknown.
        shown = length(seconds) if seconds > limits.MAX_SECONDS + 2 else "more than 10 minutes"
        return (
            Fault("too_long", f"This recording is {shown} long; at most 10 minutes are accepted.", SHORTEN),
        )
    return ()


def little_speech(seconds: float) -> Fault:
    """Return the fault of a recording with less speech than can be cloned."""
    heard = f"only {length(seconds)} of" if seconds >= 0.1 else "no"
    return Fault(
        "little_speech", f"This recording has {heard} speech; at least 3 seconds are needed.", RECORD
    )
