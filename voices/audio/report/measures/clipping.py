"""The share of the recording that is clipped."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="clipping",
    label="Clipping",
    position=40,
    read=lambda report: report.clipping * 100,
    show=lambda percent: "None" if percent < 0.005 else f"{percent:.2f}% of the time",
    good=Within(high=0.02),
    fair=Within(high=0.3),
    meaning="How often the sound was too loud for the microphone and was cut off. You hear it as crackling.",
    fault="clipping",
    advice="Move back from the microphone or lower its level, and record again. "
    "Turning down this recording doesn't help.",
)
