"""Inworld."""

from voices.providers.base import VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="inworld",
    label="Inworld",
    account_key="inworld",
    api_value="inworld",
    model_field="modelId",
    fields=(
        VOICE_ID,
        Field("modelId", "Model", help="The model's ID at the provider."),
        Field(
            "speakingRate",
            "Speaking rate",
            Kind.NUMBER,
            help="Below 1 is slower, above 1 is faster.",
            unit="×",
            minimum=0.5,
            maximum=1.5,
            default=1,
        ),
        Field(
            "temperature",
            "Temperature",
            Kind.NUMBER,
            help="Low is more even, high is more varied.",
            minimum=0,
            maximum=2,
        ),
        Field(
            "applyTextNormalization",
            "Text normalisation",
            Kind.FLAG,
            help="Reads numbers and dates as words.",
        ),
    ),
)
