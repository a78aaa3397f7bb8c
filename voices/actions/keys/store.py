"""Storing, testing and removing a person's own keys. A key is tested before it is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from voices import audit, gateway
from voices.actions import Now
from voices.actions.sync.runs import ask_sync
from voices.althea import Account, AltheaClient, AltheaError, KeyRefusedError
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, Team, User, Voice


class OtherAccountError(Exception):
    """The new key opens a different account than the key it is to replace. The message is for the person."""


@dataclass(frozen=True)
class KeyCheck:
    """The result of testing a key: its account, or why it is not known."""

    account: Account | None
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
    else:
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
    """Test and store the key. Its state is unknown if Althea could not be reached. Raises KeyRefusedError."""
    check = check_secret(secret, endpoint=endpoint, ask=ask)
    key = ApiKey(id=uuid4(), owner=member.user, label=label, endpoint=endpoint)
    _put_secret(key, secret)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        _apply_check(key, check, now())
        key.is_default = not ApiKey.objects.owned_by(member.user).filter(is_default=True).exists()
        key.save()
        audit.record_by(member, "key.added", key, endpoint=endpoint, state=key.state)
        _ask_first_sync(key, member.team, now())
    return key


def _ask_first_sync(key: ApiKey, team: Team, now: datetime) -> None:
    """Ask for a sync that brings the account's voices into the library, if the key works."""
    if key.can_clone and settings.SYNC_HOURS > 0:
        ask_sync(team=team, key=key, now=now, wanted_by=key.owner)


def test_key(*, member: Membership, key: ApiKey, ask: Any = gateway.ask, now: Now = timezone.now) -> ApiKey:
    """Test a stored key and return it: ok, refused, or in its old state with the reason why it is not known."""
    is_first = key.account_id is None
    try:
        check = check_secret(gateway.unseal(key), endpoint=key.endpoint, ask=ask)
        _require_same_account(key, check)
    except (KeyRefusedError, SealError, OtherAccountError) as problem:
        mark_refused(key=key, message=str(problem), now=now(), team=member.team)
        return key
    with transaction.atomic():
        # The test took seconds: a key that has been removed or replaced since is not the one that was tested.
        if _same_value(key).select_for_update().exists():
            _apply_check(key, check, now())
            key.save(update_fields=["account", "state", "checked_at", "last_problem"])
            audit.record_by(member, "key.tested", key, state=key.state)
            if is_first:
                _ask_first_sync(key, member.team, now())
    key.refresh_from_db()
    return key


def _same_value(key: ApiKey) -> QuerySet[ApiKey]:
    # Not by the sealed bytes: a rotation of the encryption key changes them all without changing a key.
    return ApiKey.objects.stored().filter(pk=key.pk, prefix=key.prefix, last4=key.last4)


def _require_same_account(key: ApiKey, check: KeyCheck) -> None:
    if key.account and check.account and check.account.account_id != key.account.account_id:
        raise OtherAccountError(
            f"This key opens the account {check.account.name}, not {key.account.name}. Add it as a new key instead."
        )


def mark_refused(*, key: ApiKey, message: str, now: datetime, team: Team | None = None) -> None:
    """Mark the key refused, with an audit entry. A key that has been removed or replaced since is left alone."""
    columns = {"state": KeyState.REFUSED, "checked_at": now, "last_problem": message[:300]}
    with transaction.atomic():
        if _same_value(key).update(**columns):
            audit.record(actor=key.owner, team=team, verb="key.refused", thing=key)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])


@sensitive_variables()
def replace_key(
    *, member: Membership, key: ApiKey, secret: Secret, ask: Any = gateway.ask, now: Now = timezone.now
) -> ApiKey:
    """Give the key a new value for the same account. Raises KeyRefusedError, OtherAccountError."""
    check = check_secret(secret, endpoint=key.endpoint, ask=ask)
    _require_same_account(key, check)
    old = key.shown
    with transaction.atomic():
        # A key that was removed during the test comes back with its new value: that is what the person asked for.
        key.refresh_from_db(from_queryset=ApiKey.objects.select_for_update())
        _put_secret(key, secret)
        key.state = KeyState.UNKNOWN
        _apply_check(key, check, now())
        key.save()
        audit.record_by(member, "key.replaced", key, before=old)
    return key


def relabel_key(*, member: Membership, key: ApiKey, label: str) -> ApiKey:
    """Give the key a new label."""
    before, key.label = key.label, label
    with transaction.atomic():
        key.save(update_fields=["label"])
        audit.record_by(member, "key.relabelled", key, before=before)
    return key


def make_default_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """Make the key the one that forms select by default."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        if ApiKey.objects.stored().filter(pk=key.pk).exists():
            ApiKey.objects.filter(owner=member.user, is_default=True).update(is_default=False)
            key.is_default = True
            key.save(update_fields=["is_default"])
            audit.record_by(member, "key.made_default", key)
    return key


def remove_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """Delete the key's value. Its voices pass to another key of the owner for the account, or to none."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=key.owner.pk)
        key.refresh_from_db()
        others = ApiKey.objects.owned_by(key.owner).exclude(pk=key.pk)
        heir = others.filter(account=key.account, state=KeyState.OK).first() if key.account else None
        voices = Voice.objects.filter(steward=key).update(steward=heir)
        was_default, key.is_default = key.is_default, False
        key.sealed, key.state = b"", KeyState.REMOVED
        key.save()
        if was_default and (first := others.order_by(F("checked_at").desc(nulls_last=True)).first()):
            ApiKey.objects.filter(pk=first.pk).update(is_default=True)
        audit.record_by(member, "key.removed", key, voices=voices, heir=str(heir) if heir else "")
    return key
