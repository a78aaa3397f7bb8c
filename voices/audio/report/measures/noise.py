"""The signal-to-noise ratio: how far the background noise is below the voice."""

from voices.audio.report.measures.base import Measure, Within

MEASURE = Measure(
    key="noise",
    label="Background noise",
    position=30,
    read=lambda report: report.snr,
    show=lambda decibels: f"{decibels:.0f} dB below the voice",
    good=Within(low=30),
    fair=Within(low=18),
    meaning="How much quieter the pauses are than the voice. Noise becomes part of the cloned voice.",
    fault="background noise",
    advice="Background noise is loud compared with the voice. Switch off fans, close windows, and move closer "
    "to the microphone.",
    unknown=(
        "noise that could not be measured",
        "There are no pauses to measure noise in. Pause briefly between sentences.",
    ),
)
