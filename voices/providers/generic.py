"""Any HTTP engine of one's own. Its headers and its body can carry that engine's secrets."""

from voices.providers.base import Field, Kind, Provider

ENCODINGS = (
    ("JSON_BYTE_ENCODING_UNSPECIFIED", "Not specified"),
    ("JSON_BYTE_ENCODING_BASE64", "Base64"),
    ("JSON_BYTE_ENCODING_HEX", "Hexadecimal"),
)

PROVIDER = Provider(
    key="generic",
    label="Own HTTP engine",
    fields=(
        Field("url", "Address", Kind.URL),
        Field("headers", "Header", Kind.GROUP, is_hidden=True),
        Field("body", "Body", Kind.GROUP, help='Holds "{text}" where the text goes.', is_hidden=True),
        Field("responseMimeType", "Answer's type"),
        Field("responseSampleRate", "Answer's sample rate", Kind.INTEGER, unit="Hz", minimum=1),
        Field("responseWordsPerMinute", "Words a minute", Kind.INTEGER, minimum=1),
        Field("jsonAudioFieldPath", "Audio's place in the JSON answer"),
        Field("jsonByteEncoding", "Audio's encoding in the JSON answer", Kind.CHOICE, choices=ENCODINGS),
    ),
)
