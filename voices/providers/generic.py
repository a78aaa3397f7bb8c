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
    fields=(
        Field("url", "Address", Kind.URL),
        Field("headers", "Header", Kind.GROUP, is_hidden=True),
        Field("body", "Body", Kind.GROUP, help='"{text}" stands for the text to speak.', is_hidden=True),
        Field("responseMimeType", "Response type"),
        Field("responseSampleRate", "Response sample rate", Kind.INTEGER, unit="Hz", minimum=1),
        Field("responseWordsPerMinute", "Words per minute", Kind.INTEGER, minimum=1),
        Field("jsonAudioFieldPath", "Path of the audio in the JSON response"),
        Field("jsonByteEncoding", "Audio encoding in the JSON response", Kind.CHOICE, choices=ENCODINGS),
    ),
)
