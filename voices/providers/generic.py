"""A custom HTTP engine, whose headers and body may contain secrets."""

from voices.providers.base import Field, Kind, Provider

ENCODINGS = (
    ("JSON_BYTE_ENCODING_UNSPECIFIED", "Not specified"),
    ("JSON_BYTE_ENCODING_BASE64", "Base64"),
    ("JSON_BYTE_ENCODING_HEX", "Hexadecimal"),
)

PROVIDER = Provider(
    key="generic",
    label="Custom HTTP engine",
    noun="a custom HTTP engine",
    fields=(
        Field(
            "url",
            "Address",
            Kind.URL,
            help="Where Althea sends the text. Put keys in a header, not in the address.",
            is_required=True,
        ),
        Field(
            "headers",
            "Headers",
            Kind.PAIRS,
            help="Sent with each request. The values are stored encrypted and never shown.",
            is_secret=True,
        ),
        Field(
            "body",
            "Body",
            Kind.JSON,
            help="What is sent, as JSON. {text} is replaced with the text to speak.",
            is_secret=True,
            is_required=True,
        ),
        Field(
            "responseMimeType",
            "Response type",
            help="Such as audio/wav, audio/mpeg or application/json. Empty: what the response says.",
        ),
        Field("responseSampleRate", "Response sample rate", Kind.INTEGER, unit="Hz", minimum=1),
        Field(
            "responseWordsPerMinute",
            "Words per minute",
            Kind.INTEGER,
            help="How fast the engine speaks, used to time the words.",
            minimum=1,
            default=150,
        ),
        Field(
            "jsonAudioFieldPath",
            "Path of the audio in the JSON response",
            help="Such as result.audio. Only for a response in JSON.",
        ),
        Field("jsonByteEncoding", "Audio encoding in the JSON response", Kind.CHOICE, choices=ENCODINGS),
    ),
)
