"""Definitions in words: every provider known, whatever shape shown, never a row that fails."""

import json
import time
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voices.providers.registry import MAX_ROWS, describe_definition, providers

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=8)
SHAPES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT | st.integers(), inner, max_size=4),
    max_leaves=20,
)
KNOWN = st.sampled_from(sorted(providers()))


def rows_of(key: str, given_settings: Any) -> dict[str, str]:
    [(_, rows)] = describe_definition({key: given_settings})
    return dict(rows)


def test_every_engine_of_the_contract_is_found_by_its_file() -> None:
    known = {"elevenLabs", "cartesia", "lmnt", "google", "inworld", "respeecher", "generic"}
    assert set(providers()) == known


def test_known_settings_come_first_with_labels() -> None:
    [(label, rows)] = describe_definition(
        {"elevenLabs": {"newKnob": 3, "useSpeakerBoost": True, "speed": 1.0, "model": "eleven_turbo_v2_5"}}
    )
    assert label == "ElevenLabs"
    assert rows == [
        ("Model", "eleven_turbo_v2_5"),
        ("Speed", "1× (0.7 to 1.2, default)"),
        ("Speaker boost", "Yes"),
        ("New knob", "3"),
    ]


def test_nested_objects_become_rows_of_their_own() -> None:
    assert rows_of("cartesia", {"generationConfig": {"volume": 0.5, "speed": 1.5}}) == {
        "Generation › Volume": "0.5× (0.5 to 2)",
        "Generation › Speed": "1.5× (0.6 to 1.5)",
    }
    dictionaries = [{"dictionaryId": "names"}, {"dictionaryId": "places", "versionId": "v2"}]
    assert rows_of("elevenLabs", {"speed": 1.02, "pronunciationDictionaries": dictionaries}) == {
        "Speed": "1.02× (0.7 to 1.2)",
        "Pronunciation dictionary 1 › Dictionary": "names",
        "Pronunciation dictionary 2 › Dictionary": "places",
        "Pronunciation dictionary 2 › Version": "v2",
    }


def test_setting_outside_its_range_is_pointed_out() -> None:
    assert rows_of("lmnt", {"speed": 3})["Speed"] == "3× (should be 0.25 to 2)"
    assert rows_of("respeecher", {"temperature": -1})["Temperature"] == "-1 (should be at least 0)"


def test_an_absent_setting_is_shown_with_its_known_default() -> None:
    assert rows_of("cartesia", {"voiceId": "v-1"}) == {
        "Voice": "v-1",
        "Generation › Volume": "1× (default)",
        "Generation › Speed": "1× (default)",
    }
    assert rows_of("generic", {"responseSampleRate": 24000}) == {
        "Response sample rate": "24,000 Hz",
        "Words per minute": "150 (default)",
    }


def test_an_unknown_provider_is_shown_under_its_own_name() -> None:
    described = describe_definition(
        {"brandNewEngine": {"fooBar": "x", "empty": {}, "none": None, "list": []}}
    )
    assert described == [
        ("Brand new engine", [("Foo bar", "x"), ("Empty", "Empty"), ("None", "Not set"), ("List", "Empty")])
    ]


@pytest.mark.parametrize("definition", [{}, None, [], "text", 3])
def test_missing_definition_has_no_rows(definition: Any) -> None:
    assert describe_definition(definition) == []


def test_settings_that_are_no_object_are_mentioned_not_shown() -> None:
    assert rows_of("google", "Zk9Ht7Lm") == {"Settings": "Hidden"}
    assert rows_of("google", None) == {}


def test_a_page_holds_a_bounded_number_of_rows() -> None:
    [(_, rows)] = describe_definition({"other": {f"n{number}": number for number in range(5000)}})
    assert len(rows) == MAX_ROWS + 1
    assert rows[-1][0] == "More"


def test_deep_nesting_is_bounded() -> None:
    deep: Any = "bottom"
    for _ in range(5000):
        deep = {"a": [deep]}
    assert list(rows_of("other", deep).values()) == ["Hidden"]


def test_a_huge_number_and_a_huge_text_are_cut() -> None:
    assert rows_of("other", {"n": 10**6000})["N"] == "A very large number"
    assert len(rows_of("other", {"t": "word " * 400_000})["T"]) == 300


@pytest.mark.parametrize(
    "unit", ["a", "key=", "a-", "Bearer ", "https://a?", "/", '":"', "password", "=:", "\u200b"]
)
def test_hostile_texts_are_read_in_linear_time(unit: str) -> None:
    start = time.monotonic()
    describe_definition({"other": {"t": unit * 500_000, unit * 500_000: "t"}})
    assert time.monotonic() - start < 10  # a quadratic pattern takes minutes


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KNOWN | ANY_TEXT, SHAPES, max_size=4) | SHAPES)
def test_any_definition_gives_clean_text(definition: Any) -> None:
    for label, rows in describe_definition(definition):
        for text in (label, *(cell for row in rows for cell in row)):
            assert text
            assert len(text) <= 300
            json.dumps(text).encode()
            assert text.encode("utf-8")
            assert not {unicodedata.category(letter) for letter in text} & {"Cc", "Cf", "Cs"}
