"""The level lost to phase cancellation in the mono mix."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="mono",
    label="Stereo",
    position=80,
    read=lambda report: report.mono_loss,
    show=lambda decibels: f"{decibels:.0f} dB lost in mono",
    good=Within(high=3),
    fair=Within(high=6),
    meaning="How much of the sound is lost when left and right are mixed to the one channel that is sent.",
    fault="channels that cancel each other",
    advice="Record in mono, or export only one of the two channels.",
)
