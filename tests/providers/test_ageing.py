"""Models that are deprecated or retired: each provider's table by hand, and what is said of them on which day."""

from datetime import date, timedelta
from typing import Any

import pytest

from voices.providers.ageing import Ageing, AgeingState
from voices.providers.models import ageing_models, ageing_sentence, find_ageing, model_of, with_model
from voices.providers.registry import providers

DAY = date(2026, 7, 9)
RETIRED = Ageing("old", AgeingState.RETIRED, DAY, "new")
DEPRECATED = Ageing("old", AgeingState.DEPRECATED, DAY, "new")


def test_ageing_models_are_those_that_vendors_document() -> None:
    found = {
        name: (provider.label, str(model.state), model.since and model.since.isoformat(), model.replacement)
        for name, (provider, model) in ageing_models().items()
    }
    cartesia = ("Cartesia", "retired", "2026-06-01", "sonic-3.5")
    elevenlabs = ("ElevenLabs", "retired", "2026-07-09", "eleven_multilingual_v2")
    assert found == {
        "eleven_monolingual_v1": elevenlabs,
        "eleven_multilingual_v1": elevenlabs,
        "sonic": cartesia,
        "sonic-2024-10-19": cartesia,
        "sonic-2024-12-12": cartesia,
        "sonic-english": cartesia,
        "sonic-multilingual": cartesia,
        "sonic-2-2025-03-07": cartesia,
        "sonic-turbo-2025-03-07": cartesia,
        "aurora": ("LMNT", "deprecated", None, "blizzard"),
    }


def test_tables_of_models_agree_with_each_other() -> None:
    tables = [(provider, model) for provider in providers().values() for model in provider.ageing]
    assert len(tables) == len(ageing_models()), "a name is in two tables"
    assert not {model.replacement for _, model in tables} & set(ageing_models())
    assert all(provider.model_field for provider, _ in tables)


@pytest.mark.parametrize(
    ("model", "days", "state", "words"),
    [
        (RETIRED, -1, "deprecated", "will be retired on 9 July 2026"),
        (RETIRED, 0, "retired", "was retired on 9 July 2026"),
        (RETIRED, 1, "retired", "was retired on 9 July 2026"),
        (DEPRECATED, -1, "deprecated", "will be deprecated on 9 July 2026"),
        (DEPRECATED, 0, "deprecated", "has been deprecated since 9 July 2026"),
        (Ageing("old", AgeingState.DEPRECATED, None, "new"), 0, "deprecated", "is deprecated"),
    ],
)
def test_model_is_retired_from_its_day_on(model: Ageing, days: int, state: str, words: str) -> None:
    today = DAY + timedelta(days=days)
    assert (model.state_on(today), model.in_words(today)) == (state, words)


def test_sentence_names_the_vendor_and_the_replacement() -> None:
    assert ageing_sentence("aurora", DAY) == "aurora is deprecated. LMNT recommends blizzard."
    assert (ageing_sentence("blizzard", DAY), find_ageing("blizzard")) == ("", None)


@pytest.mark.parametrize(
    ("definition", "model"),
    [
        ({"inworld": {"modelId": "inworld-tts-1"}}, "inworld-tts-1"),
        ({"lmnt": {"model": "aurora"}}, "aurora"),
        ({"lmnt": {"voiceId": "leah"}}, ""),
        ({"lmnt": {"model": 7}}, ""),
        ({"lmnt": {"model": "m" * 81}}, ""),
        ({"lmnt": ["model"]}, ""),
        ({"google": {"model": "chirp"}}, ""),
        ({"unknown": {"model": "aurora"}}, ""),
        ({"lmnt": {"model": "aurora"}, "cartesia": {"model": "sonic"}}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_model_of_a_definition(definition: Any, model: str) -> None:
    assert model_of(definition) == model


def test_another_model_leaves_the_rest_of_a_definition() -> None:
    before = {"inworld": {"voiceId": "x", "modelId": "one", "news": [1]}}
    assert with_model(before, "two") == {"inworld": {"voiceId": "x", "modelId": "two", "news": [1]}}
    assert before["inworld"]["modelId"] == "one"
