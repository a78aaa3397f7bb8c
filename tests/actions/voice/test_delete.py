"""Deleting a voice at Althea: what each answer means, and what is left here. Against the real sandbox."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from tests.base import Cast, make_cast
from tests.builders import make_preview, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from tests.sandbox_voices import ONE_VOICE, Living
from voices.actions.voice.delete import delete_message, delete_voice, finish_delete, remove_gone_voice
from voices.actions.voice.upstream_change import ChangeStatus, acquire_lock
from voices.models import ApiKey, AuditEntry, KeyState, PreviewFile, Voice

ACCOUNT = "/api/accounts/me"


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def row(voice: Voice) -> Voice:
    return Voice.objects.get(pk=voice.pk)


def is_as_it_was(voice: Voice) -> bool:
    """Whether nothing of the voice is changed, and it is free for the next change."""
    now = row(voice)
    return (now.deleted_at, now.version, now.changing_until) == (None, voice.version, None)


# --- what each answer means ------------------------------------------------------------------------
def test_delete_leaves_a_tombstone_with_its_recording(cast: Cast, living: Living) -> None:
    sample = make_sample(cast.ed)
    voice = living.voice(cast.ed, sample=sample)
    preview = make_preview(voice)
    outcome = delete_voice(member=cast.ed, voice=voice, key=living.key(cast.ed), now=lambda: NOON)
    now = row(voice)
    assert (outcome.status, living.told(voice)) == (ChangeStatus.DONE, None)
    assert (now.deleted_at, now.deleted_by, now.sample, now.changing_until) == (
        NOON,
        cast.ed.user,
        sample,
        None,
    )
    assert (now.version, verbs()) == (voice.version + 1, ["voice.deleted"])
    assert not PreviewFile.objects.exists()
    assert not default_storage.exists(preview.file.name)
    assert default_storage.exists(sample.file.name)
    cast.northwind.refresh_from_db()
    assert cast.northwind.library_revision > 0
    assert list(Voice.objects.of_team(cast.northwind)) == []


def test_delete_of_an_already_missing_voice_succeeds(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    living.delete(voice)
    assert delete_voice(member=cast.ed, voice=voice, key=living.key(cast.ed)).status is ChangeStatus.DONE
    assert row(voice).deleted_at is not None


LOST: list[dict[str, Any]] = [
    {"effect": "drop", "how": "rst"},
    {"effect": "html"},
    {"effect": "status", "status": 502},
    {"effect": "status", "status": 503, "headers": {"retry-after": "3"}},
    {"effect": "garbage"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault['effect']}{fault.get('status', '')}")
def test_delete_looks_up_a_call_whose_answer_was_lost(cast: Cast, living: Living, fault: Any) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(**fault, method="DELETE", commit=False)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert outcome.status is ChangeStatus.UNDONE
    assert "the voice is still there" in delete_message(outcome, key)
    assert (is_as_it_was(voice), verbs()) == (True, [])
    living.sandbox.fault(**fault, method="DELETE", commit=True)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.DONE
    assert verbs() == ["voice.deleted"]


def test_unknown_outcome_is_reported_when_the_look_up_fails(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="drop", method="DELETE|GET", path=ONE_VOICE, commit=True, times=2)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert outcome.status is ChangeStatus.UNCLEAR
    assert "couldn't check" in delete_message(outcome, key)
    assert is_as_it_was(voice)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.DONE


def test_retry_after_is_shown_to_the_person(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="throttle", seconds=7, method="DELETE")
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert (outcome.status, is_as_it_was(voice)) == (ChangeStatus.LATER, True)
    assert "Nothing was deleted. Try again in 7 s." in delete_message(outcome, key)
    assert living.told(voice) is not None


def test_delete_marks_a_refused_key(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.revoke(living.secret)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    key.refresh_from_db()
    assert (outcome.status, key.state, verbs()) == (
        ChangeStatus.KEY_REFUSED,
        KeyState.REFUSED,
        ["key.refused"],
    )
    assert is_as_it_was(voice)


@pytest.mark.parametrize("status", [401, 403])
def test_forbidden_voice_does_not_mark_the_key_refused(cast: Cast, living: Living, status: int) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="status", status=status, method="DELETE", body={"detail": "Not yours."})
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    key.refresh_from_db()
    assert (outcome.status, key.state, verbs()) == (ChangeStatus.FORBIDDEN, KeyState.OK, [])
    assert "Not yours." in delete_message(outcome, key)


def test_forbidden_voice_and_silent_account_keep_the_key_ok(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="status", status=403, method="DELETE", body={"detail": "Invalid API key"})
    living.sandbox.fault(effect="drop", method="GET", path=ACCOUNT)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert outcome.status is ChangeStatus.FORBIDDEN
    assert "the key couldn't be checked" in delete_message(outcome, key)
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.OK


def test_undecryptable_key_counts_as_refused(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    key.sealed = b"\x01nothing"
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.KEY_REFUSED
    assert is_as_it_was(voice)


def test_concurrent_change_blocks_a_second_call(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    assert acquire_lock(voice, NOON)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key, now=lambda: NOON)
    assert (outcome.status, living.sandbox.log(method="DELETE")) == (ChangeStatus.BUSY, [])
    assert "Someone else" in delete_message(outcome, key)
    assert row(voice).changing_until is not None  # still the other's


def test_delete_is_refused_to_a_viewer(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with pytest.raises(PermissionDenied):
        delete_voice(member=cast.vera, voice=voice, key=living.key(cast.vera))
    with pytest.raises(PermissionDenied):
        remove_gone_voice(member=cast.vera, voice=voice, now=NOON)
    assert living.told(voice) is not None


# --- what is written down --------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_delete_is_audited_once() -> None:
    ed = make_cast().ed
    voice = make_voice(ed)
    made = at_once(lambda _: finish_delete(member=ed, voice=voice, now=NOON))
    assert (sorted(made), verbs()) == ([False, False, False, True], ["voice.deleted"])


def test_removing_a_gone_voice_needs_no_key_leaves_tombstone(cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=NOON)
    assert remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert row(voice).deleted_at is not None
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert verbs() == ["voice.removed"]


def test_returned_voice_is_not_removed(cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=NOON)
    Voice.objects.update(gone_at=None)
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert row(voice).deleted_at is None
