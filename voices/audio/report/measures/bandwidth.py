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
    meaning="How high the voice reaches. Telephones and Bluetooth cut the top off, and the clone sounds as dull.",
    fault="a telephone-like sound",
    advice="Record with the phone’s own recorder or a USB microphone, not in a call or over Bluetooth.",
)
