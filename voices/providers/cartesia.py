"""Cartesia. The settings outside `generationConfig` are deprecated."""

from datetime import date

from voices.providers.ageing import Ageing, AgeingState
from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

# https://docs.cartesia.ai/build-with-cartesia/tts-models/api-changes, "Fully sunsetted models", read in November 2026;
# the snapshots of `sonic` are listed in https://docs.cartesia.ai/build-with-cartesia/models. Models that only lost some
# languages are not in this table.
SUNSET = date(2026, 6, 1)
AGEING = tuple(
    Ageing(name, AgeingState.RETIRED, SUNSET, "sonic-3.5")
    for name in (
        "sonic",
        "sonic-2024-10-19",
        "sonic-2024-12-12",
        "sonic-english",
        "sonic-multilingual",
        "sonic-2-2025-03-07",
        "sonic-turbo-2025-03-07",
    )
)

PROVIDER = Provider(
    key="cartesia",
    label="Cartesia",
    account_key="cartesia",
    api_value="cartesia",
    model_field="model",
    ageing=AGEING,
    fields=(
        VOICE_ID,
        MODEL,
        Field("generationConfig", "Generation", Kind.GROUP),
        Field("generationConfig.volume", "Volume", Kind.NUMBER, unit="×", minimum=0.5, maximum=2, default=1),
        Field("generationConfig.speed", "Speed", Kind.NUMBER, unit="×", minimum=0.6, maximum=1.5, default=1),
        Field("generationConfig.emotion", "Emotion", help="Such as neutral, calm or excited."),
        Field(
            "generationConfig.pronunciationDictId",
            "Pronunciation dictionary",
            help="The dictionary's ID at Cartesia.",
        ),
        Field(
            "speed",
            "Speed (deprecated)",
            Kind.NUMBER,
            help="0 is normal. Use the speed of the generation instead.",
            minimum=-1,
            maximum=1,
            default=0,
            is_deprecated=True,
        ),
        Field(
            "emotion",
            "Emotion (deprecated)",
            help="Use the emotion of the generation instead.",
            is_deprecated=True,
        ),
        Field(
            "emotions",
            "Emotions (deprecated)",
            Kind.TEXTS,
            help="Use the emotion of the generation instead.",
            is_deprecated=True,
        ),
    ),
)
