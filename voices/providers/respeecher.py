"""Respeecher."""

from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="respeecher",
    label="Respeecher",
    account_key="respeecher",
    api_value="respeecher",
    model_field="model",
    fields=(
        VOICE_ID,
        MODEL,
        Field("seed", "Seed", Kind.INTEGER, help="The same seed gives the same result."),
        Field(
            "temperature",
            "Temperature",
            Kind.NUMBER,
            help="Low is more even, high is more varied.",
            minimum=0,
        ),
        Field(
            "topK",
            "Top k",
            Kind.INTEGER,
            help="Choose from this many of the likeliest sounds; -1 means no limit.",
            minimum=-1,
            excluded=(0,),
        ),
        Field(
            "topP",
            "Top p",
            Kind.NUMBER,
            help="Choose from the likeliest sounds up to this total probability.",
            minimum=0,
            maximum=1,
            is_minimum_excluded=True,
        ),
        Field(
            "minP",
            "Min p",
            Kind.NUMBER,
            help="Exclude sounds that are less likely than this, relative to the likeliest.",
            minimum=0,
            maximum=1,
        ),
        Field(
            "presencePenalty",
            "Presence penalty",
            Kind.NUMBER,
            help="Discourages sounds that already occurred.",
            minimum=0,
            maximum=2,
        ),
        Field(
            "repetitionPenalty",
            "Repetition penalty",
            Kind.NUMBER,
            help="Discourages repetition; 1 is off.",
            minimum=1,
            maximum=2,
        ),
        Field(
            "frequencyPenalty",
            "Frequency penalty",
            Kind.NUMBER,
            help="Discourages sounds that occurred often.",
            minimum=0,
            maximum=2,
        ),
    ),
)
