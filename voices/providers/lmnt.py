"""LMNT."""

from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="lmnt",
    label="LMNT",
    fields=(
        VOICE_ID,
        MODEL,
        Field("speed", "Speed", Kind.NUMBER, unit="×", minimum=0.25, maximum=2),
        Field("conversational", "Conversational style", Kind.FLAG),
    ),
)
