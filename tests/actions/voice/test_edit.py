"""Changing a voice at Althea: only what was changed, over what was seen, and never half silently. Real sandbox."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from tests.base import Cast, make_cast
from tests.builders import make_job, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from tests.sandbox.live import LiveSandbox
from tests.sandbox_voices import ONE_VOICE, Living, open_account
from voices.actions.voice.edit import EditableFields, edit_message, edit_voice, finish_edit
from voices.actions.voice.names import NameInUseError
from voices.actions.voice.upstream_change import ChangeStatus, Outcome, acquire_lock
from voices.models import ApiKey, AuditEntry, KeyState, Membership, State, Voice

NEW = {"name": "Sora"}


def edit(member: Membership, voice: Voice, key: ApiKey, changes: Any = None, **facts: Any) -> Outcome:
    given = {"seen": EditableFields.from_row(voice), "changes": changes or NEW} | facts
    return edit_voice(member=member, voice=Voice.objects.get(pk=voice.pk), key=key, **given)


def row(voice: Voice) -> Voice:
    return Voice.objects.get(pk=voice.pk)


def history() -> list[tuple[str, Any]]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", "facts"))


def patches(living: Living) -> int:
    return len(living.sandbox.log(method="PATCH"))


def test_edit_sends_only_changes_and_updates_derived_columns(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    changes = {"description": "Warm, for evenings", "primary_language": "de-AT"}
    assert edit(cast.ed, voice, key, changes, now=lambda: NOON).status is ChangeStatus.DONE
    told, now = living.told(voice), row(voice)
    assert told is not None
    assert (told["name"], told["description"], told["primaryLanguage"]) == (
        "Marlene",
        "Warm, for evenings",
        "de-AT",
    )
    assert told["definition"] == voice.definition
    assert now.raw | {"previewUrl": ""} == told | {"previewUrl": ""}
    assert (now.language, now.language_key) == ("de", "german (austria)")
    assert "warm, for evenings" in now.search_text
    assert (now.version, now.changed_at, now.changing_until) == (voice.version + 1, NOON, None)
    pairs = {"description": [voice.description, "Warm, for evenings"], "primary_language": ["en-US", "de-AT"]}
    assert history() == [("voice.edited", {"changes": pairs})]
    cast.northwind.refresh_from_db()
    assert cast.northwind.library_revision > 0


def test_edit_audits_a_rename_separately(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    edit(cast.ed, voice, living.key(cast.ed), {"name": "Sora", "description": ""}, now=lambda: NOON)
    now = row(voice)
    assert (now.name, now.name_key, now.description) == ("Sora", "sora", "")
    assert (now.edited_by, now.edited_at) == (cast.ed.user, NOON)
    assert history()[0] == ("voice.renamed", {"from": "Marlene", "to": "Sora", "voice_id": voice.voice_id})
    assert history()[1][0] == "voice.edited"


def test_edit_does_not_overwrite_a_teammates_change(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    seen = EditableFields.from_row(voice)
    edit(cast.ed, voice, key, {"description": "Another"})
    assert edit(cast.ed, voice, key, seen=seen).status is ChangeStatus.DIFFERS
    assert (patches(living), row(voice).name) == (1, "Marlene")


def test_edit_keeps_a_change_made_at_althea_meanwhile(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed, edited_by=cast.ed.user, edited_at=NOON), living.key(cast.ed)
    living.change(voice, name="Elsewhere")
    outcome = edit(cast.ed, voice, key)
    assert outcome.status is ChangeStatus.DIFFERS
    assert outcome.voice is not None
    assert (patches(living), row(voice).name, row(voice).version) == (1, "Elsewhere", voice.version + 1)
    assert "elsewhere" in row(voice).search_text
    assert (row(voice).edited_by, row(voice).edited_at) == (None, None)
    assert edit(cast.ed, row(voice), key).status is ChangeStatus.DONE  # over the newest
    assert row(voice).name == "Sora"


def test_edit_ignores_stage_and_tag_changes_meanwhile(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    Voice.objects.update(version=9, stage="approved")
    assert edit(cast.ed, voice, key).status is ChangeStatus.DONE


def test_edit_marks_a_missing_voice_as_gone(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.delete(voice)
    outcome = edit(cast.ed, voice, key)
    assert outcome.status is ChangeStatus.GONE
    assert "Nothing was changed" in edit_message(outcome, key)
    assert row(voice).gone_at is not None


LOST: list[dict[str, Any]] = [
    {"effect": "drop", "how": "rst"},
    {"effect": "html"},
    {"effect": "status", "status": 500},
    {"effect": "status", "status": 503, "headers": {"retry-after": "3"}},
    {"effect": "garbage"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault['effect']}{fault.get('status', '')}")
def test_edit_looks_up_a_change_whose_answer_was_lost(cast: Cast, living: Living, fault: Any) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(**fault, method="PATCH", commit=False)
    outcome = edit(cast.ed, voice, key)
    assert outcome.status is ChangeStatus.UNDONE
    assert "nothing was changed. Try again" in edit_message(outcome, key)
    assert (row(voice).name, row(voice).changing_until, history()) == ("Marlene", None, [])
    living.sandbox.fault(**fault, method="PATCH", commit=True)
    assert edit(cast.ed, voice, key).status is ChangeStatus.DONE
    assert (row(voice).name, history()[0][0]) == ("Sora", "voice.renamed")


def test_edit_accepts_altheas_other_spelling_of_a_value() -> None:
    told = EditableFields("Marlene", "two\r\nlines", "de-at")
    assert told.has({"primary_language": "de-AT", "description": "two lines"})
    assert told.differing(EditableFields("Marlene", "two\nlines", "DE_at")) == ()
    assert told.differing(EditableFields("Marléne", "two lines", "")) == ("name", "primary_language")


def test_edit_looks_up_an_answer_without_an_id(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    living.sandbox.fault(effect="no_id", method="PATCH")
    assert edit(cast.ed, voice, living.key(cast.ed)).status is ChangeStatus.DONE
    assert row(voice).name == "Sora"


def test_unknown_outcome_is_reported_when_the_look_up_fails(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="drop", method="PATCH", commit=True)
    living.sandbox.fault(effect="drop", method="GET", path=ONE_VOICE, skip=1)
    outcome = edit(cast.ed, voice, key)
    assert outcome.status is ChangeStatus.UNCLEAR
    assert "couldn't check" in edit_message(outcome, key)
    assert edit(cast.ed, voice, key).status is ChangeStatus.DIFFERS  # it had landed, and the next try says so


@pytest.mark.parametrize(
    "fault",
    [{"effect": "html"}, {"effect": "drop"}, {"effect": "throttle", "seconds": 7}, {"effect": "huge"}],
    ids=lambda fault: str(fault["effect"]),
)
def test_edit_does_not_change_a_voice_it_cannot_read(cast: Cast, living: Living, fault: Any) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(**fault, method="GET")
    outcome = edit(cast.ed, voice, key)
    assert (outcome.status, patches(living), row(voice).name) == (ChangeStatus.LATER, 0, "Marlene")
    assert "Nothing was changed." in edit_message(outcome, key)


def test_retry_after_is_shown_to_the_person(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="throttle", seconds=7, method="PATCH")
    assert "Try again in 7 s." in edit_message(edit(cast.ed, voice, key), key)


def test_edit_keeps_altheas_errors_with_their_fields(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    outcome = edit(cast.ed, voice, key, {"name": "n" * 41, "primary_language": "x"})
    assert outcome.status is ChangeStatus.REFUSED
    assert outcome.error is not None
    assert {field for field, _ in outcome.error.fields} == {"name", "primaryLanguage"}


def test_edit_distinguishes_refused_key_from_forbidden_voice(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="status", status=403, method="PATCH", body={"detail": "Not yours."})
    assert edit(cast.ed, voice, key).status is ChangeStatus.FORBIDDEN
    assert ApiKey.objects.get().state == KeyState.OK
    living.sandbox.revoke(living.secret)
    assert edit(cast.ed, voice, key).status is ChangeStatus.KEY_REFUSED
    assert ApiKey.objects.get().state == KeyState.REFUSED


def test_edit_refuses_a_name_held_by_a_voice_or_clone(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    other = make_voice(cast.ed, name="Sora", account=living.account)
    with pytest.raises(NameInUseError, match="already have a voice"):
        edit(cast.ed, voice, key)
    assert row(voice).changing_until is None
    Voice.objects.filter(pk=other.pk).update(deleted_at=NOON)
    make_job(cast.ed, key=key, name="Ravi", state=State.UNKNOWN)
    with pytest.raises(NameInUseError, match="in progress"):
        edit(cast.ed, voice, key, {"name": "Ravi"})
    assert edit(cast.ed, voice, key).status is ChangeStatus.DONE


def test_a_catalogue_voice_takes_no_name(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    make_voice(cast.ed, name="Sora", account=living.account, ownership="public")
    assert edit(cast.ed, voice, key).status is ChangeStatus.DONE


def test_edit_allows_the_name_of_the_same_voice_in_another_team(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    make_voice(cast.sam, name="Sora", account=living.account, voice_id=voice.voice_id)
    assert edit(cast.ed, voice, key).status is ChangeStatus.DONE


def test_concurrent_change_blocks_a_second_call(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    acquire_lock(voice, NOON)
    outcome = edit(cast.ed, voice, key, now=lambda: NOON)
    assert (outcome.status, patches(living)) == (ChangeStatus.BUSY, 0)
    assert "Someone else" in edit_message(outcome, key)


def test_a_viewer_changes_nothing(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with pytest.raises(PermissionDenied):
        edit(cast.vera, voice, living.key(cast.vera))


def test_edit_does_not_change_a_tombstone(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    outcome = edit(cast.ed, voice, key)
    Voice.objects.update(deleted_at=NOON, name="Buried")
    assert outcome.voice is not None
    assert not finish_edit(member=cast.ed, voice=voice, upstream=outcome.voice, now=NOON)
    assert row(voice).name == "Buried"


@pytest.mark.django_db(transaction=True)
def test_of_four_concurrent_edits_one_wins_and_others_are_told(sandbox: LiveSandbox) -> None:
    ed, living = make_cast().ed, open_account(sandbox)
    voice, key = living.voice(ed), living.key(ed)
    fates = at_once(lambda one: edit(ed, voice, key, {"name": f"Sora {one}"}).status)
    assert fates.count(ChangeStatus.DONE) == 1
    assert set(fates) <= {ChangeStatus.DONE, ChangeStatus.BUSY, ChangeStatus.DIFFERS}
    told = living.told(voice)
    assert told is not None
    assert (row(voice).name, patches(living)) == (told["name"], 1)
    assert [verb for verb, _ in history()] == ["voice.renamed"]
