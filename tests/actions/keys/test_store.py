"""A person's keys: tested before they are kept, told apart when they fail, passed on when they go."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import SECRET, make_account, make_key, make_voice
from tests.kit.fakes import NOON
from voices.actions.keys import store as keys
from voices.actions.keys.store import KeyOutcome
from voices.actions.keys.verdicts import mark_refused
from voices.althea import Account, AltheaError, KeyRefusedError, NotSentError
from voices.gateway import seal, unseal, verify_encryption_key
from voices.kit.sealing import SealError
from voices.kit.sealing import make_key as make_encryption_key
from voices.kit.secret import Secret
from voices.models import AltheaAccount, ApiKey, AuditEntry, Endpoint, KeyState, Membership

OTHER = "Qw3Er5Ty.9xK2mN4pB6vC8zL1jH3gF5dS7aQ0wE2r"
REFUSED = KeyRefusedError("Althea refused this key.", status=403)
UNREACHABLE = NotSentError("Can't reach Althea.")


def opens(account_id: str = "acc-1", name: str = "Northwind") -> Callable[..., Account]:
    """What `gateway.ask` is to `keys`, where every key opens that account."""
    account = Account.from_json({"accountId": account_id, "name": name, "allowedVoices": 7})
    return lambda call, **_: account


def fails(error: AltheaError) -> Callable[..., Account]:
    """An `ask` that ends with that error."""

    def ask(call: Any, **_: Any) -> Account:
        raise error

    return ask


def noon() -> datetime:
    return NOON


def add(member: Membership, *, secret: str = SECRET, ask: Any = None) -> ApiKey:
    return keys.add_key(
        member=member, label="Mine", endpoint=Endpoint.ALTHEA, secret=Secret(secret),
        ask=ask or opens(), now=noon,
    )  # fmt: skip


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_add_key_stores_a_working_key_with_its_account(cast: Cast) -> None:
    key = add(cast.ed)
    key.refresh_from_db()
    assert (key.state, key.checked_at, key.owner, key.can_clone) == (KeyState.OK, NOON, cast.ed.user, True)
    assert (key.account.account_id, key.account.allowed_voices) == ("acc-1", 7)
    assert (key.shown, unseal(key).reveal()) == ("Zk9Ht7Lm…D4sT", SECRET)
    assert verbs() == ["key.added"]


def test_add_key_does_not_store_a_refused_key(cast: Cast) -> None:
    with pytest.raises(KeyRefusedError):
        add(cast.ed, ask=fails(REFUSED))
    assert not ApiKey.objects.exists()
    assert not verbs()


def test_add_key_stores_an_untested_key_with_the_reason(cast: Cast) -> None:
    key = add(cast.ed, ask=fails(UNREACHABLE))
    assert (key.state, key.account, key.last_problem) == (KeyState.UNKNOWN, None, "Can't reach Althea.")
    assert not key.can_clone


def test_two_keys_of_one_account_share_the_account_row(cast: Cast) -> None:
    assert add(cast.ed).account == add(cast.ada, secret=OTHER).account
    assert AltheaAccount.objects.count() == 1


def test_sealed_key_opens_in_its_own_row_only(cast: Cast) -> None:
    first, second = add(cast.ed), add(cast.ed, secret=OTHER)
    first.sealed = second.sealed
    with pytest.raises(SealError):
        unseal(first)


# --- default ---------------------------------------------------------------------------------------
def default_of(member: Membership) -> ApiKey:
    return ApiKey.objects.get(owner=member.user, is_default=True)


def test_first_key_is_the_default_until_another_is_chosen(cast: Cast) -> None:
    first, second = add(cast.ed), add(cast.ed, secret=OTHER)
    assert default_of(cast.ed) == first
    keys.make_default_key(member=cast.ed, key=second)
    assert default_of(cast.ed) == second
    assert verbs()[-1] == "key.made_default"


def test_a_removed_key_does_not_become_the_default(cast: Cast) -> None:
    first, second = add(cast.ed), add(cast.ed, secret=OTHER)
    seen = ApiKey.objects.get(pk=second.pk)
    keys.remove_key(member=cast.ed, key=second)
    keys.make_default_key(member=cast.ed, key=seen)
    assert default_of(cast.ed) == first


# --- test ------------------------------------------------------------------------------------------
def test_key_test_distinguishes_ok_refused_and_unreachable(cast: Cast) -> None:
    key = add(cast.ed, ask=fails(UNREACHABLE))
    for ask, outcome, state, problem in (
        (opens(), KeyOutcome.WORKS, KeyState.OK, ""),
        (fails(UNREACHABLE), KeyOutcome.NOT_TESTED, KeyState.OK, "Can't reach Althea."),
        (fails(REFUSED), KeyOutcome.REFUSED, KeyState.REFUSED, "Althea refused this key."),
        # A test tells its own outcome, and the page still says why the key was refused.
        (fails(UNREACHABLE), KeyOutcome.NOT_TESTED, KeyState.REFUSED, "Althea refused this key."),
        (opens(), KeyOutcome.WORKS, KeyState.OK, ""),
    ):
        assert keys.test_key(member=cast.ed, key=key, ask=ask, now=noon).outcome is outcome
        assert (key.state, key.last_problem) == (state, problem)


def test_a_key_that_opens_another_account_now_is_refused(cast: Cast) -> None:
    test = keys.test_key(member=cast.ed, key=add(cast.ed), ask=opens("acc-2", "Southwind"), now=noon)
    key = test.key
    assert test.outcome is KeyOutcome.UNUSABLE
    assert (key.state, key.account.account_id) == (KeyState.REFUSED, "acc-1")
    assert "Southwind, not Northwind" in key.last_problem


@pytest.mark.parametrize("answer", [opens(), fails(REFUSED)])
def test_a_key_removed_during_its_test_stays_removed(cast: Cast, answer: Any) -> None:
    key = add(cast.ed)

    def ask(call: Any, **facts: Any) -> Account:
        keys.remove_key(member=cast.ed, key=ApiKey.objects.get(pk=key.pk))
        return answer(call, **facts)

    assert keys.test_key(member=cast.ed, key=key, ask=ask, now=noon).key.state == KeyState.REMOVED
    assert verbs() == ["key.added", "key.removed"]


def test_late_refusal_of_the_old_value_leaves_the_new_key_ok(cast: Cast) -> None:
    old = add(cast.ed)
    keys.replace_key(member=cast.ed, key=ApiKey.objects.get(), secret=Secret(OTHER), ask=opens(), now=noon)
    mark_refused(key=old, message="Althea refused this key.", now=NOON)
    assert ApiKey.objects.get().state == KeyState.OK


# --- replace ---------------------------------------------------------------------------------------
def replace(cast: Cast, key: ApiKey, ask: Any) -> ApiKey:
    return keys.replace_key(member=cast.ed, key=key, secret=Secret(OTHER), ask=ask, now=noon)


def test_replace_key_accepts_a_key_of_the_same_account(cast: Cast) -> None:
    key = add(cast.ed)
    replace(cast, key, opens())
    kept = ApiKey.objects.get()
    assert (kept.pk, unseal(kept).reveal(), kept.shown) == (key.pk, OTHER, "Qw3Er5Ty…wE2r")
    assert (kept.is_default, verbs()) == (True, ["key.added", "key.replaced"])


def test_replace_key_refuses_a_key_of_another_account(cast: Cast) -> None:
    key = add(cast.ed)
    with pytest.raises(keys.OtherAccountError, match="Southwind, not Northwind"):
        replace(cast, key, opens("acc-2", "Southwind"))
    assert unseal(ApiKey.objects.get()).reveal() == SECRET


def test_replace_key_keeps_the_old_value_if_refused(cast: Cast) -> None:
    key = add(cast.ed)
    with pytest.raises(KeyRefusedError):
        replace(cast, key, fails(REFUSED))
    assert (ApiKey.objects.get().state, unseal(ApiKey.objects.get()).reveal()) == (KeyState.OK, SECRET)


def test_replace_key_stores_an_untestable_value_as_untested(cast: Cast) -> None:
    replace(cast, add(cast.ed), fails(UNREACHABLE))
    assert ApiKey.objects.get().state == KeyState.UNKNOWN


# --- remove ----------------------------------------------------------------------------------------
def test_remove_key_erases_the_value_and_passes_voices_on(cast: Cast) -> None:
    account = make_account()
    gone, heir = make_key(cast.ed, account=account), make_key(cast.ed, account=account)
    make_key(cast.ada, account=account)
    voice = make_voice(cast.ed, account=account, steward=gone)
    keys.remove_key(member=cast.ed, key=gone)
    gone.refresh_from_db()
    voice.refresh_from_db()
    assert (gone.state, bytes(gone.sealed), gone.is_default) == (KeyState.REMOVED, b"", False)
    assert (voice.steward, default_of(cast.ed)) == (heir, heir)


def other_account(cast: Cast, account: AltheaAccount) -> ApiKey:
    return make_key(cast.ed)


def other_person(cast: Cast, account: AltheaAccount) -> ApiKey:
    return make_key(cast.ada, account=account)


def not_working(cast: Cast, account: AltheaAccount) -> ApiKey:
    return make_key(cast.ed, account=account, state=KeyState.REFUSED)


@pytest.mark.parametrize("other", [other_account, other_person, not_working])
def test_remove_key_passes_voices_to_a_working_key_of_the_owner(cast: Cast, other: Any) -> None:
    account = make_account()
    gone = make_key(cast.ed, account=account)
    other(cast, account)
    voice = make_voice(cast.ed, account=account, steward=gone)
    keys.remove_key(member=cast.ed, key=gone)
    voice.refresh_from_db()
    assert voice.steward is None


def test_rename_key_changes_only_the_label(cast: Cast) -> None:
    key = add(cast.ed)
    keys.relabel_key(member=cast.ed, key=key, label="Theirs")
    assert ApiKey.objects.get().label == "Theirs"
    assert AuditEntry.objects.get(verb="key.relabelled").facts == {"before": "Mine"}


# --- the encryption key ----------------------------------------------------------------------------
def test_verify_encryption_key_accepts_the_right_key_repeatedly(db: None) -> None:
    verify_encryption_key()
    verify_encryption_key()


@pytest.mark.parametrize("wrong", [make_encryption_key(), "not a key"], ids=["another", "none"])
def test_a_wrong_encryption_key_is_refused(db: None, settings: Settings, wrong: str) -> None:
    verify_encryption_key()
    settings.ENCRYPTION_KEYS = [wrong]
    with pytest.raises(ImproperlyConfigured, match=r"[Rr]estore the key that was used before"):
        verify_encryption_key()


def test_new_encryption_key_before_the_old_one_opens_all(cast: Cast, settings: Settings) -> None:
    key = add(cast.ed)
    settings.ENCRYPTION_KEYS = [make_encryption_key(), *settings.ENCRYPTION_KEYS]
    verify_encryption_key()
    assert unseal(key).reveal() == SECRET
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[1:]
    assert seal(Secret(SECRET), row_id=key.id) != bytes(key.sealed)
