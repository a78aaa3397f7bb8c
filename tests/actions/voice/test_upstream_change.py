"""Deleting a voice at Althea: whose key, what each answer means, and what is left here. Against the real sandbox."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage

from tests.base import Cast, make_cast
from tests.builders import make_account, make_key, make_preview, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from tests.sandbox_voices import ONE_VOICE, Living
from voices.actions.voice.upstream_change import (
    AFTER_CHANGE,
    ChangeStatus,
    acquire_lock,
    blocked_reason,
    delete_message,
    delete_voice,
    finish_delete,
    key_refusal,
    own_key_for,
    release_lock,
    remove_gone_voice,
)
from voices.althea import Problem
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


# --- whose key -------------------------------------------------------------------------------------
def test_change_uses_the_persons_working_key_default_first(cast: Cast) -> None:
    account = make_account()
    make_key(cast.ada, account=account)
    make_key(cast.ed, account=account, state=KeyState.REFUSED)
    make_key(cast.ed)
    first = make_key(cast.ed, account=account)
    assert own_key_for(cast.ed.user, account) == first
    ApiKey.objects.filter(owner=cast.ed.user).update(is_default=False)
    second = make_key(cast.ed, account=account, is_default=True)
    assert own_key_for(cast.ed.user, account) == second
    assert key_refusal(cast.ed.user, account) == ""
    assert own_key_for(cast.vera.user, account) is None


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (KeyState.REFUSED, "was refused by Althea"),
        (KeyState.UNKNOWN, "has not been tested yet"),
        (KeyState.REMOVED, "you have stored none for it"),
    ],
)
def test_change_without_a_working_key_explains_why(cast: Cast, state: KeyState, sentence: str) -> None:
    key = make_key(cast.ed, state=state)
    assert key.account is not None
    assert own_key_for(cast.ed.user, key.account) is None
    assert sentence in key_refusal(cast.ed.user, key.account)


def test_public_catalogue_voice_cannot_be_changed(cast: Cast) -> None:
    key = make_key(cast.ed)
    voice = make_voice(cast.ed, account=key.account, ownership="public")
    assert "public catalogue" in blocked_reason(cast.ed.user, voice)
    assert blocked_reason(cast.ed.user, make_voice(cast.ed, account=key.account)) == ""


def test_every_problem_has_a_change_status() -> None:
    assert set(AFTER_CHANGE) == set(Problem)


# --- one at a time ---------------------------------------------------------------------------------
def test_change_lock_is_exclusive_until_released_or_expired(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    assert acquire_lock(voice, NOON)
    assert not acquire_lock(voice, NOON + timedelta(seconds=100))
    assert acquire_lock(voice, NOON + timedelta(minutes=3))
    release_lock(voice)
    assert acquire_lock(voice, NOON)


@pytest.mark.django_db(transaction=True)
def test_of_four_concurrent_locks_one_is_acquired() -> None:
    voice = make_voice(make_cast().ed)
    assert sorted(at_once(lambda _: acquire_lock(voice, NOON))) == [False, False, False, True]


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
    assert "is not known" in delete_message(outcome, key)
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
    living.sandbox.fault(effect="status", status=403, method="DELETE")
    living.sandbox.fault(effect="drop", method="GET", path=ACCOUNT)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.FORBIDDEN
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
    assert "Somebody else" in delete_message(outcome, key)
    assert row(voice).changing_until is not None  # still the other's


def test_delete_is_refused_to_a_viewer(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with pytest.raises(PermissionDenied):
        delete_voice(member=cast.vera, voice=voice, key=living.key(cast.vera))
    with pytest.raises(PermissionDenied):
        remove_gone_voice(member=cast.vera, voice=voice)
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
    assert remove_gone_voice(member=cast.ed, voice=voice)
    assert row(voice).deleted_at is not None
    assert not remove_gone_voice(member=cast.ed, voice=voice)
    assert verbs() == ["voice.removed"]


def test_returned_voice_is_not_removed(cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=NOON)
    Voice.objects.update(gone_at=None)
    assert not remove_gone_voice(member=cast.ed, voice=voice)
    assert row(voice).deleted_at is None
