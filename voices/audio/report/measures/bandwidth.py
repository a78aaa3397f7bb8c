"""The highest frequency of the voice."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="bandwidth",
    label="Clarity",
    position=70,
    read=lambda report: report.bandwidth / 1_000,
    show=lambda kilohertz: f"Up to {kilohertz:.1f} kHz",
    good=Within(low=7.5),
    fair=Within(low=4.5),
    meaning="The highest frequencies of the voice. Phone calls and Bluetooth cut them off, and the "
    "clone sounds just as dull.",
    fault="a telephone-like sound",
    advice="Use your phone's voice recorder or a USB microphone instead of a call or Bluetooth headset.",
)
