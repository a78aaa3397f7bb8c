"""Cartesia. The settings outside `generationConfig` are deprecated."""

from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="cartesia",
    label="Cartesia",
    fields=(
        VOICE_ID,
        MODEL,
        Field("generationConfig", "Generation", Kind.GROUP),
        Field("generationConfig.volume", "Volume", Kind.NUMBER, unit="×", minimum=0.5, maximum=2),
        Field("generationConfig.speed", "Speed", Kind.NUMBER, unit="×", minimum=0.6, maximum=1.5),
        Field("generationConfig.emotion", "Emotion"),
        Field("generationConfig.pronunciationDictId", "Pronunciation dictionary"),
        Field("speed", "Speed (deprecated)", Kind.NUMBER, help="0 is normal.", minimum=-1, maximum=1),
        Field("emotion", "Emotion (deprecated)"),
        Field("emotions", "Emotions (deprecated)", Kind.TEXTS),
    ),
)
