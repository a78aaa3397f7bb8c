"""What changes of a voice at Althea share: whose key, one at a time, and what each problem means."""

from datetime import timedelta

import pytest

from tests.base import Cast, make_cast
from tests.builders import make_account, make_key, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.voice.upstream_change import (
    AFTER_CHANGE,
    acquire_lock,
    blocked_reason,
    key_refusal,
    own_key_for,
    release_lock,
)
from voices.althea import Problem
from voices.models import ApiKey, KeyState


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
        (KeyState.REMOVED, "you need your own key for it"),
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
