"""Storing, testing and removing a person's own keys. A key is tested before it is kept."""

from collections.abc import Callable
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
from voices.actions.sync.runs import ask_sync
from voices.althea import Account, AltheaClient, AltheaError, KeyRefusedError
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, Team, User, Voice

Now = Callable[[], datetime]


class OtherAccountError(Exception):
    """The new key opens another account than the one it should replace; the message is for the person."""


@dataclass(frozen=True)
class KeyCheck:
    """What Althea said of a key: an account, or why there is none."""

    account: Account | None
    problem: str = ""


async def _get_account(client: AltheaClient) -> Account:
    return await client.get_account()


@sensitive_variables()
def check_secret(secret: Secret, *, endpoint: str, ask: Any = gateway.ask) -> KeyCheck:
    """The account a key opens; untested, with the reason, where Althea cannot be reached. Raises KeyRefusedError."""
    try:
        return KeyCheck(ask(_get_account, secret=secret, endpoint=endpoint))
    except KeyRefusedError:
        raise
    except AltheaError as problem:
        return KeyCheck(None, problem.message)


def upsert_account(account: Account, *, endpoint: str, now: datetime) -> AltheaAccount:
    """The account's row, brought up to date; call it inside the change's transaction."""
    row, _ = AltheaAccount.objects.update_or_create(
        endpoint=endpoint,
        account_id=account.account_id,
        defaults={"name": account.name[:200], "allowed_voices": account.allowed_voices, "read_at": now},
    )
    return row


def _apply_check(key: ApiKey, exam: KeyCheck, now: datetime) -> None:
    if exam.account is not None:
        key.account = upsert_account(exam.account, endpoint=key.endpoint, now=now)
        key.state, key.checked_at, key.last_problem = KeyState.OK, now, ""
    else:
        key.last_problem = exam.problem[:300]


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
    """The key, tested and stored; state unknown where Althea could not be reached. Raises KeyRefusedError."""
    exam = check_secret(secret, endpoint=endpoint, ask=ask)
    key = ApiKey(id=uuid4(), owner=member.user, label=label, endpoint=endpoint)
    _put_secret(key, secret)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        _apply_check(key, exam, now())
        key.is_default = not ApiKey.objects.owned_by(member.user).filter(is_default=True).exists()
        key.save()
        audit.record(
            actor=member.user,
            team=member.team,
            verb="key.added",
            thing=key,
            endpoint=endpoint,
            state=key.state,
        )
        _ask_first_sync(key, member.team, now())
    return key


def _ask_first_sync(key: ApiKey, team: Team, now: datetime) -> None:
    """A key just found to work brings its account's voices into the team's library."""
    if key.can_clone and settings.SYNC_HOURS > 0:
        ask_sync(team=team, key=key, now=now, wanted_by=key.owner)


def test_key(*, member: Membership, key: ApiKey, ask: Any = gateway.ask, now: Now = timezone.now) -> ApiKey:
    """The key with its state as Althea tells it now: ok, refused, or unchanged with the reason."""
    is_first = key.account_id is None
    try:
        exam = check_secret(gateway.unseal(key), endpoint=key.endpoint, ask=ask)
        _require_same_account(key, exam)
    except (KeyRefusedError, SealError, OtherAccountError) as problem:
        mark_refused(key=key, message=str(problem), now=now(), team=member.team)
        return key
    with transaction.atomic():
        # The test took seconds: a key that was removed or replaced meanwhile is not what was tested.
        if _same_value(key).select_for_update().exists():
            _apply_check(key, exam, now())
            key.save(update_fields=["account", "state", "checked_at", "last_problem"])
            audit.record(actor=member.user, team=member.team, verb="key.tested", thing=key, state=key.state)
            if is_first:
                _ask_first_sync(key, member.team, now())
    key.refresh_from_db()
    return key


def _same_value(key: ApiKey) -> QuerySet[ApiKey]:
    # Not by the sealed bytes: sealing the keys anew changes them all without changing a key.
    return ApiKey.objects.stored().filter(pk=key.pk, prefix=key.prefix, last4=key.last4)


def _require_same_account(key: ApiKey, exam: KeyCheck) -> None:
    if key.account and exam.account and exam.account.account_id != key.account.account_id:
        raise OtherAccountError(
            f"This key opens the account {exam.account.name}, not {key.account.name}. Add it as a new key instead."
        )


def mark_refused(*, key: ApiKey, message: str, now: datetime, team: Team | None = None) -> None:
    """The key stands as refused, with an audit line; one removed or replaced meanwhile stays as it is."""
    facts = {"state": KeyState.REFUSED, "checked_at": now, "last_problem": message[:300]}
    with transaction.atomic():
        if _same_value(key).update(**facts):
            audit.record(actor=key.owner, team=team, verb="key.refused", thing=key)
    key.refresh_from_db(fields=["state", "checked_at", "last_problem"])


@sensitive_variables()
def replace_key(
    *, member: Membership, key: ApiKey, secret: Secret, ask: Any = gateway.ask, now: Now = timezone.now
) -> ApiKey:
    """The same key row with a new value of the same account. Raises KeyRefusedError, OtherAccountError."""
    exam = check_secret(secret, endpoint=key.endpoint, ask=ask)
    _require_same_account(key, exam)
    old = key.shown
    with transaction.atomic():
        # A key that was removed while this one was tested comes back with its new value: that is what was asked.
        key.refresh_from_db(from_queryset=ApiKey.objects.select_for_update())
        _put_secret(key, secret)
        key.state = KeyState.UNKNOWN
        _apply_check(key, exam, now())
        key.save()
        audit.record(actor=member.user, team=member.team, verb="key.replaced", thing=key, before=old)
    return key


def relabel_key(*, member: Membership, key: ApiKey, label: str) -> ApiKey:
    """The key under its new label."""
    before, key.label = key.label, label
    with transaction.atomic():
        key.save(update_fields=["label"])
        audit.record(actor=member.user, team=member.team, verb="key.relabelled", thing=key, before=before)
    return key


def make_default_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """The key, now the one that the clone form chooses first."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=member.user.pk)
        if ApiKey.objects.stored().filter(pk=key.pk).exists():
            ApiKey.objects.filter(owner=member.user, is_default=True).update(is_default=False)
            key.is_default = True
            key.save(update_fields=["is_default"])
            audit.record(actor=member.user, team=member.team, verb="key.made_default", thing=key)
    return key


def remove_key(*, member: Membership, key: ApiKey) -> ApiKey:
    """The key without its value; its voices pass to another key of the owner for that account, or to none."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=key.owner.pk)
        key.refresh_from_db()
        rest = ApiKey.objects.owned_by(key.owner).exclude(pk=key.pk)
        heir = rest.filter(account=key.account, state=KeyState.OK).first() if key.account else None
        voices = Voice.objects.filter(steward=key).update(steward=heir)
        was_default, key.is_default = key.is_default, False
        key.sealed, key.state = b"", KeyState.REMOVED
        key.save()
        if was_default and (first := rest.order_by(F("checked_at").desc(nulls_last=True)).first()):
            ApiKey.objects.filter(pk=first.pk).update(is_default=True)
        facts = {"voices": voices, "heir": str(heir) if heir else ""}
        audit.record(actor=member.user, team=member.team, verb="key.removed", thing=key, **facts)
    return key
