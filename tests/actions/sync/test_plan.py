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


def test_sync_plan_leaves_identical_voices_unchanged() -> None:
    assert plan(rows(listed("a"), listed("b")), [listed("a"), listed("b")]) == Plan(unchanged=2)


def test_sync_plan_compares_every_stored_field() -> None:
    assert voice_columns(listed("a")).keys() == set(STORED)


def test_sync_plan_adds_unknown_voices_in_list_order() -> None:
    found = plan(rows(listed("b")), [listed("c"), listed("b"), listed("a")])
    assert [voice.voice_id for voice in found.added] == ["c", "a"]


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "Other"}, {"description": "Warm"}, {"primaryLanguage": "de"}, {"provider": "Brand New Engine"},
        {"billingStyle": "VOICE_BILLING_STYLE_NEW"}, {"definition": {"lmnt": {"voiceId": "x"}}},
    ],
)  # fmt: skip
def test_sync_plan_counts_a_visible_change(raw: dict[str, Any]) -> None:
    [(changed, facts)] = plan(rows(listed("a")), [listed("a", **raw)]).changed
    assert (changed.voice_id, facts["raw"]) == ("a", listed("a", **raw).raw)


def test_sync_plan_notices_a_secret_that_was_changed() -> None:
    def generic(secret: str) -> althea.Voice:
        return listed("a", definition={"generic": {"headers": {"X-Key": secret}}})

    known = rows(generic("old"))
    assert plan(known, [generic("old")]) == Plan(unchanged=1)
    [(_, facts)] = plan(known, [generic("new")]).changed
    assert facts["sealed_secrets"]
    assert "new" not in repr({name: value for name, value in facts.items() if name != "sealed_secrets"})


@pytest.mark.parametrize("raw", [{"previewUrl": "https://files.example/signed-anew"}, {"newField": 1}])
def test_sync_plan_stores_invisible_fields_without_a_change(raw: dict[str, Any]) -> None:
    found = plan(rows(listed("a")), [listed("a", **raw)])
    assert (len(found.refreshed), found.changed, found.unchanged) == (1, (), 1)


def test_sync_plan_restores_a_tombstone_only_after_15_minutes() -> None:
    for minutes, changes in ((0, 0), (14, 0), (16, 1)):
        known = {"a": row(listed("a"), deleted_at=NOON)}
        found = plan(known, [listed("a")], asked_at=NOON + timedelta(minutes=minutes, seconds=1))
        assert (len(found.changed), found.unchanged, found.refreshed) == (changes, 1 - changes, ())


def test_sync_plan_clears_gone_when_a_voice_returns() -> None:
    [(_, facts)] = plan({"a": row(listed("a"), gone_at=NOON)}, [listed("a")]).changed
    assert facts["gone_at"] is None


def test_sync_plan_leaves_a_name_being_cloned_to_its_job() -> None:
    assert plan({}, [listed("a", "Marlene")], held={"Marlene"}) == Plan()
    assert len(plan(rows(listed("a")), [listed("a", "Marlene")], held={"Marlene"}).changed) == 1


def test_sync_plan_keeps_rows_changed_after_the_request() -> None:
    known = {"a": row(listed("a"), name="Renamed", changed_at=NOON + timedelta(seconds=1))}
    assert plan(known, [listed("a")], asked_at=NOON) == Plan(unchanged=1)


def test_sync_plan_keeps_two_voices_of_one_name_apart() -> None:
    found = plan(rows(listed("old", "Marlene")), [listed("new", "Marlene")])
    assert ([voice.voice_id for voice in found.added], found.changed) == (["new"], ())


voice_lists = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["Marlene", "Sora", "Ravi"]))


@given(before=voice_lists, after=voice_lists)
def test_sync_plan_counts_each_voice_once_and_is_idempotent(
    before: dict[str, str], after: dict[str, str]
) -> None:
    known = rows(*(listed(voice_id, name) for voice_id, name in before.items()))
    seen = [listed(voice_id, name) for voice_id, name in after.items()]
    found = plan(known, seen)
    assert len(found.added) + len(found.changed) + found.unchanged == len(seen)
    changed = rows(*(listed(old.voice_id, facts["name"]) for old, facts in found.changed))
    written = known | rows(*found.added) | changed
    assert plan(written, seen) == Plan(unchanged=len(seen))
