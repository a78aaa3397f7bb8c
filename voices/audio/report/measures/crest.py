"""The crest factor: how far the peaks exceed the mean level of the voice."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="crest",
    label="Peaks",
    position=50,
    read=lambda report: report.crest,
    show=lambda decibels: f"{decibels:.0f} dB above the voice",
    good=Within(low=11),
    fair=Within(low=8),
    meaning="How far the loudest moments rise above the voice. A limiter or overdrive makes them flat.",
    fault="flattened peaks",
    advice="Switch off limiters, compressors and automatic gain, or lower the level of the microphone, and record "
    "again.",
)
