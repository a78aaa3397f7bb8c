"""Provider settings of a voice: their names, types and ranges, as in the published API document."""

import re
from dataclasses import dataclass
from typing import Any

from voices.sandbox.fields import (
    Check,
    FieldError,
    exact_text,
    flag,
    integer,
    listing,
    mapping,
    number,
    record,
)

NESTING = 32  # deeper than any provider's request body; keeps json.dumps away from the recursion limit


@dataclass(frozen=True)
class Engine:
    """A provider: its key in a definition, its value in the list filter, its name for people."""

    key: str
    filter: str | None
    label: str | None
    check: Check


def _top_k(value: Any) -> int:
    number_of = integer(low=-1)
    if number_of(value) == 0:
        raise FieldError(["Must be -1 or greater than 0."])
    return int(value)


def _encoding(value: Any) -> str:
    name = exact_text(value)
    if not re.fullmatch(r"JSON_BYTE_ENCODING_(UNSPECIFIED|BASE64|HEX)", name):
        raise FieldError([f'"{name}" is not a valid choice.'])
    return name


_ELEVEN_LABS = record(
    voiceId=exact_text,
    model=exact_text,
    speed=number(0.7, 1.2),
    useSpeakerBoost=flag,
    style=number(0, 1),
    similarityBoost=number(0, 1),
    stability=number(0, 1),
    pronunciationDictionaries=listing(record(dictionaryId=exact_text, versionId=exact_text)),
    optimizeStreamingLatency=integer(0, 4),
    maxSampleRate=integer(),
    enableSsmlParsing=flag,
)
_CARTESIA = record(
    voiceId=exact_text,
    model=exact_text,
    speed=number(-1, 1),
    emotion=exact_text,
    emotions=listing(exact_text),
    generationConfig=record(
        volume=number(0.5, 2),
        speed=number(0.6, 1.5),
        emotion=exact_text,
        pronunciationDictId=exact_text,
    ),
)
_LMNT = record(voiceId=exact_text, model=exact_text, speed=number(0.25, 2), conversational=flag)
_GOOGLE = record(voiceId=exact_text, speakingRate=number(0.25, 2))
_INWORLD = record(
    voiceId=exact_text,
    modelId=exact_text,
    speakingRate=number(0.5, 1.5),
    temperature=number(0, 2),
    applyTextNormalization=flag,
)
_RESPEECHER = record(
    voiceId=exact_text,
    model=exact_text,
    seed=integer(),
    temperature=number(0, 1e9),
    topK=_top_k,
    topP=number(0, 1, above=True),
    minP=number(0, 1),
    presencePenalty=number(0, 2),
    repetitionPenalty=number(1, 2),
    frequencyPenalty=number(0, 2),
)
_GENERIC = record(
    url=exact_text,
    headers=mapping(exact_text),
    body=mapping(),
    responseSampleRate=integer(),
    responseWordsPerMinute=integer(),
    responseMimeType=exact_text,
    jsonAudioFieldPath=exact_text,
    jsonByteEncoding=_encoding,
)

ENGINES = {
    engine.key: engine
    for engine in (
        Engine("elevenLabs", "eleven_labs", "Eleven Labs", _ELEVEN_LABS),
        Engine("cartesia", "cartesia", "Cartesia", _CARTESIA),
        Engine("lmnt", "lmnt", "LMNT", _LMNT),
        Engine("google", "google", "Google", _GOOGLE),
        Engine("inworld", "inworld", "Inworld", _INWORLD),
        Engine("respeecher", "respeecher", "Respeecher", _RESPEECHER),
        Engine("generic", None, None, _GENERIC),
    )
}
FILTERS = {engine.filter: engine.key for engine in ENGINES.values() if engine.filter is not None}


def definition(value: Any) -> dict[str, Any]:
    """Check a definition: exactly one known engine with valid settings. Raise FieldError."""
    if not isinstance(value, dict):
        raise FieldError(["Invalid data. Expected a dictionary."])
    if len(value) != 1 or next(iter(value)) not in ENGINES:
        raise FieldError(["Exactly one provider must be given."])
    if _depth(value) > NESTING:
        raise FieldError(["The definition is nested too deeply."])
    key, settings = next(iter(value.items()))
    try:
        ENGINES[key].check(settings)
    except FieldError as exc:
        raise FieldError({key: exc.detail}) from exc
    return value


def engine_of(value: dict[str, Any]) -> str:
    """Return the engine key of a valid definition."""
    return str(next(iter(value)))


def _depth(value: Any, level: int = 0) -> int:
    if level > NESTING or not isinstance(value, dict | list):
        return level
    items = value.values() if isinstance(value, dict) else value
    return max((_depth(item, level + 1) for item in items), default=level)
