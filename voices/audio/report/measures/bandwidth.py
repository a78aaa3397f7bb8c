"""Up to which frequency the voice reaches."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="bandwidth",
    label="Clarity",
    position=70,
    read=lambda report: report.bandwidth / 1_000,
    show=lambda kilohertz: f"Up to {kilohertz:.1f} kHz",
    good=Within(low=7.5),
    fair=Within(low=4.5),
    meaning="Up to which pitch the voice is heard. Telephones and Bluetooth cut it off; the clone sounds as dull.",
    fault="dull, telephone-like sound",
    advice="Record with the phone’s own recorder or a USB microphone, not in a call or over Bluetooth.",
)
