"""The share of pauses in the recording."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="pauses",
    label="Pauses",
    position=20,
    read=lambda report: report.silence_share * 100,
    show=lambda percent: f"{percent:.0f}% of the recording",
    good=Within(high=35),
    fair=Within(high=60),
    meaning="How much of the recording has no speech. Long pauses can make the clone speak haltingly.",
    fault="long pauses",
    advice="Trim the silence at the ends, or choose the part with the fewest pauses.",
)
