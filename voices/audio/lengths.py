"""The last rule for every recording: its length."""

from dataclasses import replace

from voices.audio import limits
from voices.audio.findings import Finding
from voices.audio.wording import length

BEST = "30 to 60 seconds of one clear voice work best."
NAMES = {"wav": "a WAV", "mp3": "an MP3"}


def judge_length(finding: Finding) -> Finding:
    """Return the finding, refused if it measures less than 10 or more than 300 seconds."""
    seconds = finding.seconds or 0.0
    name = NAMES.get(finding.container or "", "")
    if seconds < limits.MIN_SECONDS:
        return finding.refused(
            "too_short",
            f"This recording is only {length(min(seconds, 9.9))} long; at least 10 are needed. {BEST} "
            "Record more and choose the new file.",
        )
    if seconds > limits.MAX_SECONDS:
        return finding.refused(
            "too_long",
            f"This recording is {length(max(seconds, 301))} long; at most 5 minutes are accepted. {BEST} "
            "Cut out the best part and choose the new file.",
        )
    return replace(finding, message=f"This is {name} recording of {length(seconds)}.")
