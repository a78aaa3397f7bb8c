"""Google."""

from voices.providers.base import VOICE_ID, Field, Kind, Provider

PROVIDER = Provider(
    key="google",
    label="Google",
    fields=(
        VOICE_ID,
        Field("speakingRate", "Speaking rate", Kind.NUMBER, unit="×", minimum=0.25, maximum=2),
    ),
)
