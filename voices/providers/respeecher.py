"""Respeecher."""

from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="respeecher",
    label="Respeecher",
    model_field="model",
    fields=(
        VOICE_ID,
        MODEL,
        Field("seed", "Seed", Kind.INTEGER, help="The same seed gives the same result."),
        Field("temperature", "Temperature", Kind.NUMBER, minimum=0),
        Field("topK", "Top k", Kind.INTEGER, help="-1 is off; otherwise greater than 0.", minimum=-1),
        Field("topP", "Top p", Kind.NUMBER, help="Greater than 0.", minimum=0, maximum=1),
        Field("minP", "Min p", Kind.NUMBER, minimum=0, maximum=1),
        Field("presencePenalty", "Presence penalty", Kind.NUMBER, minimum=0, maximum=2),
        Field("repetitionPenalty", "Repetition penalty", Kind.NUMBER, minimum=1, maximum=2),
        Field("frequencyPenalty", "Frequency penalty", Kind.NUMBER, minimum=0, maximum=2),
    ),
)
