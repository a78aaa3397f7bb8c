"""Inworld."""

from voices.providers.base import VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="inworld",
    label="Inworld",
    model_field="modelId",
    fields=(
        VOICE_ID,
        Field("modelId", "Model"),
        Field("speakingRate", "Speaking rate", Kind.NUMBER, unit="×", minimum=0.5, maximum=1.5),
        Field("temperature", "Temperature", Kind.NUMBER, minimum=0, maximum=2),
        Field(
            "applyTextNormalization",
            "Text normalisation",
            Kind.FLAG,
            help="Reads numbers and dates as words.",
        ),
    ),
)
