"""LMNT."""

from voices.providers.ageing import Ageing, AgeingState
from voices.providers.base import MODEL, VOICE_ID, Field, Kind, Provider

# https://docs.lmnt.com/guides/models, read in November 2026: `aurora` is only another name of Blizzard, since an unnamed
# day.
AGEING = (Ageing("aurora", AgeingState.DEPRECATED, None, "blizzard"),)

PROVIDER = Provider(
    key="lmnt",
    label="LMNT",
    model_field="model",
    ageing=AGEING,
    fields=(
        VOICE_ID,
        MODEL,
        Field("speed", "Speed", Kind.NUMBER, unit="×", minimum=0.25, maximum=2),
        Field("conversational", "Conversational style", Kind.FLAG),
    ),
)
