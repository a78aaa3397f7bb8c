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
def test_a_deleted_voice_leaves_a_tombstone_with_its_recording(cast: Cast, living: Living) -> None:
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


def test_a_voice_that_went_before_the_button_was_pressed_is_as_good_as_deleted(
    cast: Cast, living: Living
) -> None:
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
def test_a_deletion_whose_answer_is_lost_is_looked_up(cast: Cast, living: Living, fault: Any) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(**fault, method="DELETE", commit=False)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert outcome.status is ChangeStatus.UNDONE
    assert "the voice is still there" in delete_message(outcome, key)
    assert (is_as_it_was(voice), verbs()) == (True, [])
    living.sandbox.fault(**fault, method="DELETE", commit=True)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.DONE
    assert verbs() == ["voice.deleted"]


def test_where_nobody_can_look_either_nothing_is_claimed(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="drop", method="DELETE|GET", path=ONE_VOICE, commit=True, times=2)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert outcome.status is ChangeStatus.UNCLEAR
    assert "could not check" in delete_message(outcome, key)
    assert is_as_it_was(voice)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.DONE


def test_a_pause_that_althea_asks_for_is_told(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="throttle", seconds=7, method="DELETE")
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    assert (outcome.status, is_as_it_was(voice)) == (ChangeStatus.LATER, True)
    assert "Nothing was deleted. Try again in 7 s." in delete_message(outcome, key)
    assert living.told(voice) is not None


def test_a_key_that_is_refused_stands_as_refused(cast: Cast, living: Living) -> None:
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
def test_a_voice_that_is_forbidden_says_nothing_against_the_key(
    cast: Cast, living: Living, status: int
) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="status", status=status, method="DELETE", body={"detail": "Not yours."})
    outcome = delete_voice(member=cast.ed, voice=voice, key=key)
    key.refresh_from_db()
    assert (outcome.status, key.state, verbs()) == (ChangeStatus.FORBIDDEN, KeyState.OK, [])
    assert "Not yours." in delete_message(outcome, key)


def test_a_forbidden_voice_and_a_mute_account_prove_nothing_against_the_key(
    cast: Cast, living: Living
) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    living.sandbox.fault(effect="status", status=403, method="DELETE")
    living.sandbox.fault(effect="drop", method="GET", path=ACCOUNT)
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.FORBIDDEN
    assert ApiKey.objects.get(pk=key.pk).state == KeyState.OK


def test_a_key_that_the_encryption_does_not_open_is_a_refused_one(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    key.sealed = b"\x01nothing"
    assert delete_voice(member=cast.ed, voice=voice, key=key).status is ChangeStatus.KEY_REFUSED
    assert is_as_it_was(voice)


def test_while_another_change_is_under_way_nothing_is_sent(cast: Cast, living: Living) -> None:
    voice, key = living.voice(cast.ed), living.key(cast.ed)
    assert acquire_lock(voice, NOON)
    outcome = delete_voice(member=cast.ed, voice=voice, key=key, now=lambda: NOON)
    assert (outcome.status, living.sandbox.log(method="DELETE")) == (ChangeStatus.BUSY, [])
    assert "Someone else" in delete_message(outcome, key)
    assert row(voice).changing_until is not None  # still the other's


def test_a_viewer_deletes_nothing(cast: Cast, living: Living) -> None:
    voice = living.voice(cast.ed)
    with pytest.raises(PermissionDenied):
        delete_voice(member=cast.vera, voice=voice, key=living.key(cast.vera))
    with pytest.raises(PermissionDenied):
        remove_gone_voice(member=cast.vera, voice=voice, now=NOON)
    assert living.told(voice) is not None


# --- what is written down --------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_deletion_is_written_down_once() -> None:
    ed = make_cast().ed
    voice = make_voice(ed)
    made = at_once(lambda _: finish_delete(member=ed, voice=voice, now=NOON))
    assert (sorted(made), verbs()) == ([False, False, False, True], ["voice.deleted"])


def test_a_gone_voice_is_removed_without_a_key_and_stays_as_a_tombstone(cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=NOON)
    assert remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert row(voice).deleted_at is not None
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert verbs() == ["voice.removed"]


def test_a_voice_that_is_back_is_not_removed(cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=NOON)
    Voice.objects.update(gone_at=None)
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOON)
    assert row(voice).deleted_at is None
