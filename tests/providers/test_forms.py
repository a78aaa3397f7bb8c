"""Each engine's form: every setting takes what its bounds allow and nothing else, and what is read can be sent."""

import json
from typing import Any

import pytest

from tests.providers.forms import Typed
from tests.providers.test_engines import misfit, schemas
from voices.providers.checks import check_definition
from voices.providers.controls import controls
from voices.providers.registry import providers
from voices.providers.typed import read_typed
from voices.sandbox.definitions import definition as accepted_by_sandbox

# By engine and setting: what is taken with the value that is sent, and what is refused.
Case = tuple[dict[str, Any], list[str]]
NO_NUMBER = [
    "NaN",
    "-nan",
    "inf",
    "Infinity",
    "1e999",
    "1,5",
    "1,0",
    "0x1",
    "1_0",
    "one",
    "--1",
    "9" * 60,
    "1 5",
]
NO_INTEGER = [*NO_NUMBER, "1.0", "1e1", "2147483648", "-2147483649"]
NO_TEXT = ["a\x00b", "x" * 501]
TEXT: Case = ({" Anna ": "Anna", "小鳥": "小鳥", "x" * 500: "x" * 500}, NO_TEXT)
DEEP = json.loads("[" * 40 + "]" * 40)
FLAG: Case = ({"true": True, "false": False}, ["on", "1", "True"])


def number(*, low: str, high: str, below: str, above: str) -> Case:
    taken = {low: float(low), high: float(high), f" {high} ": float(high), "1e0": 1.0, "1.": 1.0}
    return taken, [below, above, *NO_NUMBER]


def integer(low: str, high: str, *refused: str) -> Case:
    return {low: int(low), high: int(high), f"+{high}": int(high)}, [*refused, *NO_INTEGER]


ENGINES: dict[str, dict[str, Case]] = {
    "elevenLabs": {
        "voiceId": TEXT,
        "model": TEXT,
        "speed": number(low="0.7", high="1.2", below="0.69", above="1.21"),
        "stability": number(low="0", high="1", below="-0.01", above="1.01"),
        "similarityBoost": number(low="0", high="1", below="-1e-9", above="1.0001"),
        "style": number(low="-0.0", high="1", below="\u22120.01", above="2"),
        "useSpeakerBoost": FLAG,
        "optimizeStreamingLatency": integer("0", "4", "-1", "5"),
        "maxSampleRate": integer("1", "2147483647", "0"),
        "enableSsmlParsing": FLAG,
    },
    "cartesia": {
        "voiceId": TEXT,
        "model": TEXT,
        "generationConfig.volume": number(low="0.5", high="2", below="0.49", above="2.01"),
        "generationConfig.speed": number(low="0.6", high="1.5", below="0.59", above="1.51"),
        "generationConfig.emotion": TEXT,
        "generationConfig.pronunciationDictId": TEXT,
        "speed": number(low="-1", high="1", below="-1.01", above="1.01"),
        "emotion": TEXT,
        "emotions": ({"calm": ["calm"]}, NO_TEXT),
    },
    "lmnt": {
        "voiceId": TEXT,
        "model": TEXT,
        "speed": number(low=".25", high="2", below=".249", above="2.01"),
        "conversational": FLAG,
    },
    "google": {
        "voiceId": TEXT,
        "speakingRate": number(low="0.25", high="2.0", below="0.2499", above="2.001"),
    },
    "inworld": {
        "voiceId": TEXT,
        "modelId": TEXT,
        "speakingRate": number(low="0.5", high="1.5", below="0.49", above="1.51"),
        "temperature": number(low="0", high="2", below="-0.1", above="2.1"),
        "applyTextNormalization": FLAG,
    },
    "respeecher": {
        "voiceId": TEXT,
        "model": TEXT,
        "seed": integer("-2147483648", "2147483647"),
        "temperature": number(low="0", high="1000000", below="-0.1", above="1e39"),
        "topK": ({"-1": -1, "1": 1, "2147483647": 2147483647}, ["-2", "0", *NO_INTEGER]),
        "topP": number(low="0.0001", high="1", below="0", above="1.01"),
        "minP": number(low="0", high="1", below="-0.1", above="1.1"),
        "presencePenalty": number(low="0", high="2", below="-0.1", above="2.1"),
        "repetitionPenalty": number(low="1", high="2", below="0.99", above="2.01"),
        "frequencyPenalty": number(low="0", high="2", below="-0.1", above="2.1"),
    },
    "generic": {
        "url": (
            {
                "https://tts.example/speak?x=1": "https://tts.example/speak?x=1",
                " https://8.8.8.8:8443/a ": "https://8.8.8.8:8443/a",
            },
            [
                "http://tts.example", "wss://tts.example", "tts.example", "https://", "https://[broken",
                "https://a b.example", "https://tts.example:99999", "https://ada:pw@tts.example", "https://localhost", "https://intranet",
                "https://10.0.0.1", "https://192.168.1.1", "https://169.254.169.254/latest", "https://[::1]/",
                "https://[fd00::1]/", "https://2130706433/", "https://127.1/", "https://0x7f.1", "https://db.internal",
                "https://127.0.0.1", "http://127.0.0.1:8000", "javascript:alert(1)", "https://a.example/" + "x" * 2_000,
            ],
        ),
        "body": (
            {
                '{"text": "{text}"}': {"text": "{text}"},
                ' {"a": [{"b": "Say {text}"}], "t": null} ': {"a": [{"b": "Say {text}"}], "t": None},
            },
            [
                "{}", '{"text": "hello"}', '{"{text}": 1}', "[]", '"{text}"', "3", "null", "{text}",
                '{"text": "{text}"', "{'text': '{text}'}", '{"text": "{text}", "n": NaN}',
                '{"text": "{text}", "n": -Infinity}',
                '{"text": "{text}", "n": 1e999}', '{"text": "{text}", "text": "{text}"}',
                '{"text": "{text}", "pad": "' + "x" * 50_000 + '"}',
                '{"text": "{text}", "a": ' + "[" * 40 + "]" * 40 + "}",
                '{"a":' * 3_000 + '"{text}"' + "}" * 3_000, '{"text": "{text}", "key": "(hidden)"}',
                '{"text": "{text}", "n": ' + "9" * 5_000 + "}",
            ],
        ),
        "responseMimeType": TEXT,
        "responseSampleRate": integer("1", "2147483647", "0", "-1", "24,000", "24 000"),
        "responseWordsPerMinute": integer("1", "2147483647", "0"),
        "jsonAudioFieldPath": TEXT,
        "jsonByteEncoding": (
            {"JSON_BYTE_ENCODING_HEX": "JSON_BYTE_ENCODING_HEX"},
            ["JSON_BYTE_ENCODING_OCTAL", "hex"],
        ),
    },
}  # fmt: skip
ROWS = {"elevenLabs": {"pronunciationDictionaries"}, "generic": {"headers"}}
NEEDED = {"generic": {"url": "https://tts.example/", "body": '{"text": "{text}"}'}}


def filled(engine: str, **typed: Any) -> Typed:
    """The engine's form with what it takes at the least, and this."""
    return Typed(NEEDED.get(engine, {"voiceId": "v-1"}) | typed)


def found_in(settings: Any, path: str) -> Any:
    for part in path.split("."):
        settings = settings[part]
    return settings


@pytest.mark.parametrize("engine", ENGINES)
def test_each_setting_takes_its_bounds_and_nothing_beyond(engine: str) -> None:
    provider = providers()[engine]
    for name, (taken, refused) in ENGINES[engine].items():
        for text, value in taken.items():
            read = read_typed(provider, filled(engine, **{name: text}))
            assert read.problems == {}, (name, text)
            assert found_in(read.settings, name) == value
            assert accepted_by_sandbox({engine: read.settings})
            assert misfit(read.settings, schemas()["ultravox.v1.ExternalVoice"]["properties"][engine]) == []
            assert check_definition({engine: read.settings}) == {}
        for text in refused:
            read = read_typed(provider, filled(engine, **{name: text}))
            assert list(read.problems) == [name], (name, text[:60])
            assert read.problems[name].endswith((".", "}", "1.5", "1.0"))
            shown = controls(provider, typed=filled(engine, **{name: text}), problems=read.problems)
            [beside] = [one for one in shown if one.error]
            assert text in (beside.value, *beside.values), "nothing that was typed is lost"


def test_the_table_has_every_setting_of_every_engine() -> None:
    for engine, provider in providers().items():
        listed = {field.name for field in provider.entries}
        assert ENGINES[engine].keys() | ROWS.get(engine, set()) == listed


def test_numbers_outside_of_a_range_are_answered_in_words() -> None:
    read = read_typed(
        providers()["respeecher"],
        Typed({"voiceId": "", "topK": "0", "topP": "0", "temperature": "-1", "minP": "0,5", "seed": "1.5"}),
    )
    assert read.settings == {}
    assert read.problems == {
        "voiceId": "Fill this in.",
        "topK": "This must be at least -1, but not 0.",
        "topP": "This must be more than 0, at most 1.",
        "temperature": "This must be at least 0.",
        "minP": "Use a decimal point: 0.5",
        "seed": "Enter a whole number, using only digits.",
    }


def test_an_empty_control_sends_nothing() -> None:
    read = read_typed(providers()["cartesia"], Typed({"voiceId": "v-1", "generationConfig.speed": " "}))
    assert (read.settings, read.problems) == ({"voiceId": "v-1"}, {})


# --- dictionaries and headers -------------------------------------------------------------------------

IDS, VERSIONS = "pronunciationDictionaries.dictionaryId", "pronunciationDictionaries.versionId"
HEADERS, VALUES = "headers.name", "headers.value"


def test_dictionaries_are_rows_of_which_empty_ones_are_left_out() -> None:
    typed = filled("elevenLabs", **{IDS: ["names", "", "places"], VERSIONS: ["v2", " ", ""]})
    read = read_typed(providers()["elevenLabs"], typed)
    assert read.settings["pronunciationDictionaries"] == [
        {"dictionaryId": "names", "versionId": "v2"},
        {"dictionaryId": "places"},
    ]


def test_a_half_filled_dictionary_is_refused_and_kept() -> None:
    provider, typed = (
        providers()["elevenLabs"],
        filled("elevenLabs", **{IDS: ["names", ""], VERSIONS: ["", "v1"]}),
    )
    read = read_typed(provider, typed)
    assert read.problems == {"pronunciationDictionaries": "Dictionary in row 2: Fill this in."}
    [control] = [one for one in controls(provider, typed=typed, problems=read.problems) if one.rows]
    assert [[cell.value for cell in row] for row in control.rows] == [["names", ""], ["", "v1"], ["", ""]]


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["X-A\r\nX-B"], ["1"]), (["X A"], ["1"]), (["X:A"], ["1"]), (["Ä"], ["1"]), (["x" * 201], ["1"]),
        (["X-A"], [""]), ([""], ["1"]), (["X-A"], ["1\r\nX-B: 2"]), (["X-A"], ["\u2028"]), (["X-A"], ["x" * 4_001]),
        (["X-A", "x-a"], ["1", "2"]), (["X-A", "X-A"], ["1", "2"]), ([f"X-{n}" for n in range(51)], ["1"] * 51),
    ],
)  # fmt: skip
def test_headers_that_http_refuses_are_refused_beside_them(names: list[str], values: list[str]) -> None:
    typed = filled("generic", **{HEADERS: names, VALUES: values})
    read = read_typed(providers()["generic"], typed)
    assert list(read.problems) == ["headers"]
    assert "headers" not in read.settings


def test_addresses_of_this_machine_are_for_a_sandbox_only() -> None:
    for url in ("http://127.0.0.1:8000/speak", "http://localhost:1/", "https://[::1]/"):
        typed = filled("generic", url=url)
        assert read_typed(providers()["generic"], typed, allows_loopback=True).problems == {}
        assert list(read_typed(providers()["generic"], typed).problems) == ["url"]


# --- whole definitions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ({}, ""), ({"google": {}, "lmnt": {}}, ""), ({"acme": {}}, ""), ([], ""), ({"google": "x"}, ""),
        ({"google": {}}, "google.voiceId"),
        ({"google": {"voiceId": 3}}, "google.voiceId"),
        ({"google": {"voiceId": "a\ud800"}}, "google.voiceId"),
        ({"google": {"voiceId": "a", "speakingRate": True}}, "google.speakingRate"),
        ({"google": {"voiceId": "a", "speakingRate": float("nan")}}, "google.speakingRate"),
        ({"google": {"voiceId": "a", "speakingRate": None}}, "google.speakingRate"),
        ({"google": {"voiceId": "a", "speakingRate": 10**400}}, "google.speakingRate"),
        ({"google": {"voiceId": "a", "newKnob": float("inf")}}, "google"),
        ({"google": {"voiceId": "a", "newKnob": DEEP}}, "google"),
        ({"generic": {"url": "https://a.example.com", "body": {"a": "{text}"}, "jsonByteEncoding": []}},
            "generic.jsonByteEncoding"),
        ({"lmnt": {"voiceId": "a", "conversational": "yes"}}, "lmnt.conversational"),
        ({"cartesia": {"voiceId": "a", "generationConfig": []}}, "cartesia.generationConfig"),
        ({"cartesia": {"voiceId": "a", "emotions": "calm"}}, "cartesia.emotions"),
        ({"elevenLabs": {"voiceId": "a", "pronunciationDictionaries": [3]}}, "elevenLabs.pronunciationDictionaries"),
    ],
)  # fmt: skip
def test_a_definition_from_elsewhere_is_checked_like_a_form(definition: Any, place: str) -> None:
    assert list(check_definition(definition)) == [place]


def test_settings_that_are_not_known_here_are_no_problem() -> None:
    assert check_definition({"google": {"voiceId": "a", "newKnob": {"deep": [1]}}}) == {}
