"""ElevenLabs."""

from datetime import date

from voices.providers.ageing import Ageing, AgeingState
from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

# https://elevenlabs.io/docs/changelog/2026/6/8, "v1 model removal", read in November 2026.
REMOVED = date(2026, 7, 9)
AGEING = tuple(
    Ageing(name, AgeingState.RETIRED, REMOVED, "eleven_multilingual_v2")
    for name in ("eleven_monolingual_v1", "eleven_multilingual_v1")
)

PROVIDER = Provider(
    key="elevenLabs",
    label="ElevenLabs",
    account_key="elevenLabs",
    api_value="eleven_labs",
    model_field="model",
    ageing=AGEING,
    fields=(
        VOICE_ID,
        MODEL,
        Field(
            "speed",
            "Speed",
            Kind.NUMBER,
            help="Below 1 is slower, above 1 is faster.",
            unit="×",
            minimum=0.7,
            maximum=1.2,
            default=1,
        ),
        Field(
            "stability",
            "Stability",
            Kind.NUMBER,
            help="Low is livelier, high is more even.",
            minimum=0,
            maximum=1,
        ),
        Field(
            "similarityBoost",
            "Similarity",
            Kind.NUMBER,
            help="How closely to keep to the original voice.",
            minimum=0,
            maximum=1,
        ),
        Field(
            "style",
            "Style exaggeration",
            Kind.NUMBER,
            help="Amplifies the speaker's style. Above 0 takes longer.",
            minimum=0,
            maximum=1,
        ),
        Field(
            "useSpeakerBoost",
            "Speaker boost",
            Kind.FLAG,
            help="Closer to the original speaker, and a little slower.",
        ),
        Field(
            "pronunciationDictionaries",
            "Pronunciation dictionary",
            Kind.ROWS,
            help="Without a version, the latest is used.",
        ),
        Field("pronunciationDictionaries.dictionaryId", "Dictionary", is_required=True),
        Field("pronunciationDictionaries.versionId", "Version"),
        Field(
            "optimizeStreamingLatency",
            "Latency optimisation",
            Kind.INTEGER,
            help="0 is off; 4 is fastest but lowers quality.",
            minimum=0,
            maximum=4,
        ),
        Field("maxSampleRate", "Maximum sample rate", Kind.INTEGER, unit="Hz", minimum=1),
        Field(
            "enableSsmlParsing",
            "Parse SSML",
            Kind.FLAG,
            help="Reads SSML tags as instructions instead of speaking them.",
        ),
    ),
)
