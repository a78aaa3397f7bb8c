"""The difference between a list and the library: pure, whole, and stable once written."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.actions.sync.listed import listed
from tests.kit.fakes import NOON
from voices import althea
from voices.actions.sync.apply import STORED, Plan, plan
from voices.actions.voice.upsert import voice_columns
from voices.models import Voice


def row(upstream: althea.Voice, **facts: Any) -> Voice:
    """The library's row of a listed voice."""
    return Voice(
        voice_id=upstream.voice_id,
        created_at=NOON,
        **{**voice_columns(upstream), "changed_at": NOON, **facts},
    )


def rows(*voices: althea.Voice) -> dict[str, Voice]:
    return {voice.voice_id: row(voice) for voice in voices}


def test_what_is_known_as_it_is_listed_is_unchanged() -> None:
    assert plan(rows(listed("a"), listed("b")), [listed("a"), listed("b")]) == Plan(unchanged=2)


def test_all_that_is_kept_is_compared() -> None:
    assert voice_columns(listed("a")).keys() == set(STORED)


def test_what_is_not_known_is_added_in_its_order() -> None:
    found = plan(rows(listed("b")), [listed("c"), listed("b"), listed("a")])
    assert [voice.voice_id for voice in found.added] == ["c", "a"]


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "Other"}, {"description": "Warm"}, {"primaryLanguage": "de"}, {"provider": "Brand New Engine"},
        {"billingStyle": "VOICE_BILLING_STYLE_NEW"}, {"definition": {"lmnt": {"voiceId": "x"}}},
    ],
)  # fmt: skip
def test_what_people_see_is_a_change(raw: dict[str, Any]) -> None:
    [(changed, facts)] = plan(rows(listed("a")), [listed("a", **raw)]).changed
    assert (changed.voice_id, facts["raw"]) == ("a", listed("a", **raw).raw)


@pytest.mark.parametrize("raw", [{"previewUrl": "https://files.example/signed-anew"}, {"newField": 1}])
def test_what_nobody_sees_is_kept_without_being_a_change(raw: dict[str, Any]) -> None:
    found = plan(rows(listed("a")), [listed("a", **raw)])
    assert (len(found.refreshed), found.changed, found.unchanged) == (1, (), 1)


def test_a_tombstone_is_left_alone_for_a_quarter_of_an_hour_and_then_the_voice_is_back() -> None:
    for minutes, changes in ((0, 0), (14, 0), (16, 1)):
        known = {"a": row(listed("a"), deleted_at=NOON)}
        found = plan(known, [listed("a")], asked_at=NOON + timedelta(minutes=minutes, seconds=1))
        assert (len(found.changed), found.unchanged, found.refreshed) == (changes, 1 - changes, ())


def test_a_voice_that_returns_loses_its_mark() -> None:
    [(_, facts)] = plan({"a": row(listed("a"), gone_at=NOON)}, [listed("a")]).changed
    assert facts["gone_at"] is None


def test_a_name_that_is_being_cloned_is_left_to_its_job() -> None:
    assert plan({}, [listed("a", "Marlene")], held={"Marlene"}) == Plan()
    assert len(plan(rows(listed("a")), [listed("a", "Marlene")], held={"Marlene"}).changed) == 1


def test_a_row_that_was_changed_after_the_question_stays() -> None:
    known = {"a": row(listed("a"), name="Renamed", changed_at=NOON + timedelta(seconds=1))}
    assert plan(known, [listed("a")], asked_at=NOON) == Plan(unchanged=1)


def test_two_voices_of_one_name_are_two() -> None:
    found = plan(rows(listed("old", "Marlene")), [listed("new", "Marlene")])
    assert ([voice.voice_id for voice in found.added], found.changed) == (["new"], ())


voice_lists = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["Marlene", "Sora", "Ravi"]))


@given(before=voice_lists, after=voice_lists)
def test_every_listed_voice_is_counted_once_and_a_second_look_finds_nothing(
    before: dict[str, str], after: dict[str, str]
) -> None:
    known = rows(*(listed(voice_id, name) for voice_id, name in before.items()))
    seen = [listed(voice_id, name) for voice_id, name in after.items()]
    found = plan(known, seen)
    assert len(found.added) + len(found.changed) + found.unchanged == len(seen)
    changed = rows(*(listed(old.voice_id, facts["name"]) for old, facts in found.changed))
    written = known | rows(*found.added) | changed
    assert plan(written, seen) == Plan(unchanged=len(seen))
