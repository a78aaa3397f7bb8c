"""The loudness of the recording."""

from voices.audio.report.facts import Report
from voices.audio.report.measures.base import Measure, Within

GOOD = Within(-28, -14)


def _is_quiet(report: Report) -> bool:
    return report.loudness < GOOD.low


def _advice(report: Report) -> str:
    if _is_quiet(report):
        return "Move closer to the microphone. “Set the level” makes the voice louder, but also the noise."
    return "Lower the level of the microphone, or use “Set the level”."


MEASURE = Measure(
    key="loudness",
    label="Loudness",
    position=60,
    read=lambda report: report.loudness,
    show=lambda lufs: f"{lufs:.0f} LUFS".replace("-", "−"),
    good=GOOD,
    fair=Within(-38, -8),
    meaning="How loud the whole recording is. −20 LUFS is usual for a voice.",
    fault=lambda report: "a low level" if _is_quiet(report) else "a very high level",
    advice=_advice,
)
