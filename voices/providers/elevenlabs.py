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
    model_field="model",
    ageing=AGEING,
    fields=(
        VOICE_ID,
        MODEL,
        Field("speed", "Speed", Kind.NUMBER, unit="×", minimum=0.7, maximum=1.2),
        Field("stability", "Stability", Kind.NUMBER, minimum=0, maximum=1),
        Field("similarityBoost", "Similarity", Kind.NUMBER, minimum=0, maximum=1),
        Field("style", "Style exaggeration", Kind.NUMBER, minimum=0, maximum=1),
        Field("useSpeakerBoost", "Speaker boost", Kind.FLAG),
        Field("pronunciationDictionaries", "Pronunciation dictionary", Kind.GROUP),
        Field("pronunciationDictionaries.dictionaryId", "Dictionary"),
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
        Field("enableSsmlParsing", "Parse SSML", Kind.FLAG),
    ),
)
