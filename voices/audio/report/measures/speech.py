"""The duration of speech."""

from voices.audio.report.facts import Report
from voices.audio.report.measures.base import Measure, Within


def _advice(report: Report) -> str:
    return f"There are only {int(report.speech_seconds)} seconds of speech. Record 30 to 60 seconds."


MEASURE = Measure(
    key="speech",
    label="Speech",
    position=10,
    read=lambda report: report.speech_seconds,
    show=lambda seconds: f"{int(seconds)} s",
    good=Within(low=25),
    fair=Within(low=10),
    meaning="How long the person speaks, without pauses. The clone is made from this.",
    fault="too little speech",
    advice=_advice,
)
