"""How loud the recording is."""

from voices.audio.report.facts import Report
from voices.audio.report.measures.base import Measure, Range


def _advice(report: Report) -> str:
    if report.loudness < -28:
        return "The recording is quiet. Move closer to the microphone."
    return "The recording is very loud. Lower the level of the microphone."


MEASURE = Measure(
    key="loudness",
    label="Loudness",
    position=20,
    read=lambda report: report.loudness,
    show=lambda lufs: f"{lufs:.1f} LUFS".replace("-", "−"),
    good=Range(-28, -14),
    fair=Range(-38, -8),
    meaning="How loud the recording is as a whole.",
    advice=_advice,
)
