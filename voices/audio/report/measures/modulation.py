"""The modulation of the level, which rises and falls when a single person speaks."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="modulation",
    label="Variation",
    position=90,
    read=lambda report: report.modulation,
    show=lambda decibels: f"{decibels:.0f} dB",
    good=Within(low=12),
    fair=Within(low=12),
    meaning="How much the level changes. It rises and falls when one person speaks; music and noise are steadier.",
    fault="a steady level, like that of music",
    advice="Use a recording of one person speaking, without music or other voices.",
)
