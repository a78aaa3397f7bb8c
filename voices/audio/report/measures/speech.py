"""How long somebody speaks."""

from voices.audio.report.measures.base import Measure, Range

MEASURE = Measure(
    key="speech",
    label="Speech",
    position=10,
    read=lambda report: report.speech_seconds,
    show=lambda seconds: f"{seconds:.0f} s",
    good=Range(25),
    fair=Range(10),
    meaning="How long somebody speaks. The more speech, the closer the voice.",
    advice=lambda report: f"There are {report.speech_seconds:.0f} seconds of speech. Speak for 30 to 60.",
)
