"""Google."""

from voices.providers.base import Field, Kind, Provider

PROVIDER = Provider(
    key="google",
    label="Google",
    account_key="google",
    has_json_key=True,  # a service account's, says Althea's reference of `tts_api_keys`
    api_value="google",
    fields=(
        Field("voiceId", "Voice", help="The voice's name, such as en-US-Chirp3-HD-Charon.", is_required=True),
        Field(
            "speakingRate",
            "Speaking rate",
            Kind.NUMBER,
            help="Below 1 is slower, above 1 is faster.",
            unit="×",
            minimum=0.25,
            maximum=2,
            default=1,
        ),
    ),
)
