"""LMNT."""

from voices.providers.ageing import Ageing, AgeingState
from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

# https://docs.lmnt.com/guides/models, read in November 2026: `aurora` has become another name of Blizzard.
AGEING = (Ageing("aurora", AgeingState.DEPRECATED, None, "blizzard"),)

PROVIDER = Provider(
    key="lmnt",
    label="LMNT",
    account_key="lmnt",
    api_value="lmnt",
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
            minimum=0.25,
            maximum=2,
            default=1,
        ),
        Field(
            "conversational",
            "Conversational style",
            Kind.FLAG,
            help="Speaks as in a conversation, not as if reading.",
        ),
    ),
)
