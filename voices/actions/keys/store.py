"""Storing, testing and removing a person's own keys. A key is tested before it is stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.actions import Now
from voices.actions.keys.verdicts import mark_refused, same_value
from voices.actions.sync.runs import request_sync
from voices.althea import Account, AltheaClient, AltheaError, KeyRefusedError
from voices.kit.names import clean_name
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import AltheaAccount, ApiKey, Endpoint, KeyState, Membership, Team, User, Voice

MAX_LABEL = 60


class OtherAccountError(Exception):
    """The new key opens a different account than the key it is to replace. The message is for the person."""


@dataclass(frozen=True)
class KeyCheck:
    """The result of testing a key: its account, or why that is unknown."""

    account: Account | None
    problem: str = ""


class KeyOutcome(StrEnum):
    """The outcome of testing a stored key."""

    WORKS = "works"
    REFUSED = "refused"  # by Althea
    UNUSABLE = "unusable"  # it opens another account, or could not be decrypted
    NOT_TESTED = "not_tested"  # Althea gave no answer about the key


@dataclass(frozen=True)
class KeyTest:
    """The outcome of one test, independent of the key's stored state. `problem` is a sentence."""

    key: ApiKey
    outcome: KeyOutcome
    problem: str = ""


async def _get_account(client: AltheaClient) -> Account:
    return await client.get_account()


@sensitive_variables()
def check_secret(secret: Secret, *, endpoint: str, ask: Any = gateway.ask) -> KeyCheck:
    """Ask Althea for the key's account. The check has none if Althea cannot be reached. Raises KeyRefusedError."""
    try:
        return KeyCheck(ask(_get_account, secret=secret, endpoint=endpoint))
    except KeyRefusedError:
        raise
    except AltheaError as problem:
        return KeyCheck(None, problem.message)


def upsert_account(account: Account, *, endpoint: str, now: datetime) -> AltheaAccount:
    """Create or update the account's row and return it. Call it in the change's transaction."""
    row, _ = AltheaAccount.objects.update_or_create(
        endpoint=endpoint,
        account_id=account.account_id,
        defaults={"name": account.name[:200], "allowed_voices": account.allowed_voices, "read_at": now},
    )
    return row


def _apply_check(key: ApiKey, check: KeyCheck, now: datetime) -> None:
    if check.account is not None:
        key.account = upsert_account(check.account, endpoint=key.endpoint, now=now)
        key.state, key.checked_at, key.last_problem = KeyState.OK, now, ""
    elif key.state != KeyState.REFUSED:  # why it was refused stays
        key.last_problem = check.problem[:300]


@sensitive_variables()
def _put_secret(key: ApiKey, secret: Secret) -> None:
    key.sealed = gateway.seal(secret, row_id=key.id)
    key.prefix, key.last4 = secret.prefix, secret.last4


@sensitive_variables()
def add_key(
    *,
    member: Membership,
    label: str,
    endpoint: str,
    secret: Secret,
    ask: Any = gateway.ask,
    now: Now = timezone.now,
) -> ApiKey:
    """Test and store the key. Its state is unknown if Althea could not be reached. Raises KeyRefusedError.

    Without a label it gets its account's name; a label that the person uses already gets a number.
    """
    check = check_secret(secret, endpoint=endpoint, ask=ask)
    key = ApiKey(id=uuid4(), owner=member.user, endpoint=endpoint)
    _put_secret(key, secret)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        _apply_check(key, check, now())
        key.label = _free_label(key, label or _default_label(key))
        key.is_default = not ApiKey.objects.owned_by(member.user).filter(is_default=True).exists()
        key.save()
        audit.record_by(member, "key.added", key, endpoint=endpoint, state=key.state)
        _request_first_sync(key, member.team, now())
    return key


def _default_label(key: ApiKey) -> str:
    named = clean_name(key.account.name) if key.account else ""
    return named or Endpoint(key.endpoint).label


def _free_label(key: ApiKey, wanted: str) -> str:
    """Return the label, with a number behind it if another of the person's keys has it."""
    others = ApiKey.objects.owned_by(key.owner).exclude(pk=key.pk)
    taken = {label.casefold() for label in others.values_list("label", flat=True)}
    label, numbers = wanted[:MAX_LABEL], count(2)
    while label.casefold() in taken:
        number = f" {next(numbers)}"
        label = wanted[: MAX_LABEL - len(number)] + number
    return label


def _request_first_sync(key: ApiKey, team: Team, now: datetime) -> None:
    """Ask for a sync that brings the account's voices into the library, if the key works."""
    if key.can_clone and settings.SYNC_HOURS > 0:
        request_sync(team=team, key=key, now=now, wanted_by=key.owner)


def test_key(*, member: Membership, key: ApiKey, ask: Any = gateway.ask, now: Now = timezone.now) -> KeyTest:
    """Test a stored key. Without an answer about it, it keeps its state."""
    try:
        check = check_secret(gateway.unseal(key), endpoint=key.endpoint, ask=ask)
        _require_same_account(key, check)
    except (KeyRefusedError, SealError, OtherAccountError) as problem:
        mark_refused(key=key, message=str(problem), now=now(), team=member.team)
        outcome = KeyOutcome.REFUSED if isinstance(problem, KeyRefusedError) else KeyOutcome.UNUSABLE
        return KeyTest(key, outcome, str(problem))
    _store_check(member, key, check, now())
    return KeyTest(key, KeyOutcome.WORKS if check.account else KeyOutcome.NOT_TESTED, check.problem)


def _store_check(member: Membership, key: ApiKey, check: KeyCheck, now: datetime) -> None:
    is_first = key.account_id is None
    with transaction.atomic():
        # A key that has been removed or replaced since is not the one that was tested.
        if same_value(key).select_for_update().exists():
            _apply_check(key, check, now)
            key.save(update_fields=["account", "state", "checked_at", "last_problem"])
            audit.record_by(member, "key.tested", key, state=key.state)
            if is_first:
                _request_first_sync(key, member.team, now)
    key.refresh_from_db()


def _require_same_account(key: ApiKey, check: KeyCheck) -> None:
    if key.account and check.account and check.account.account_id != key.account.account_id:
        raise OtherAccountError(
            f"This key belongs to the account {check.account.name}, not {key.account.name}. Add it "
            "as a new key instead."
        )


@sensitive_variables()
def replace_key(
    *, member: Membership, key: ApiKey, secret: Secret, ask: Any = gateway.ask, now: Now = timezone.now
) -> ApiKey:
    """Replace the key's value by another key of the same account. Raises KeyRefusedError, OtherAccountError."""
    check = check_secret(secret, endpoint=key.endpoint, ask=ask)
    _require_same_account(key, check)
    old = key.shown
    with transaction.atomic():
        # A key that was removed during the test comes back with its new value, as the person requested.
        key.refresh_from_db(from_queryset=ApiKey.objects.select_for_update())
        _put_secret(key, secret)
        key.state = KeyState.UNKNOWN
        _apply_check(key, check, now())
        key.save()
        audit.record_by(member, "key.replaced", key, before=old)
    return key


def relabel_key(*, member: Membership, key: ApiKey, label: str) -> ApiKey:
    """Give the key a new label, with a number behind it if another of the person's keys has it."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=key.owner_id)
        before, key.label = key.label, _free_label(key, label)
        key.save(update_fields=["label"])
        audit.record_by(member, "key.relabelled", key, before=before)
    return key


def make_default_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """Make the key the default of its owner's forms."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        if ApiKey.objects.stored().filter(pk=key.pk).exists():
            ApiKey.objects.filter(owner=member.user, is_default=True).update(is_default=False)
            key.is_default = True
            key.save(update_fields=["is_default"])
            audit.record_by(member, "key.made_default", key)
    return key


def remove_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """Delete the key's value. Its voices pass to another of the owner's keys for the account, or to none."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=key.owner.pk)
        key.refresh_from_db()
        others = ApiKey.objects.owned_by(key.owner).exclude(pk=key.pk)
        successor = others.filter(account=key.account, state=KeyState.OK).first() if key.account else None
        voices = Voice.objects.filter(steward=key).update(steward=successor)
        was_default, key.is_default = key.is_default, False
        key.sealed, key.state = b"", KeyState.REMOVED
        key.save()
        if was_default and (first := others.order_by(F("checked_at").desc(nulls_last=True)).first()):
            ApiKey.objects.filter(pk=first.pk).update(is_default=True)
        audit.record_by(member, "key.removed", key, voices=voices, heir=str(successor) if successor else "")
    return key
