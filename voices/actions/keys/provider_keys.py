"""Provider keys: those that an Althea account stores for external voices, such as its ElevenLabs key.

They only pass through: Althea stores them and shows their first characters; nothing of them is stored here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions import Now
from voices.actions.keys.verdicts import record_verdict
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    call_with_key,
    failure_message,
    interpret_error,
    note_refusal,
)
from voices.althea import AltheaClient, AltheaError, ProviderKeys
from voices.kit.sealing import SealError
from voices.kit.secret import Secret
from voices.models import AltheaAccount, ApiKey, Membership
from voices.providers.base import Provider

DEADLINE_SECONDS = 8.0
CACHE_SECONDS = 300
MAX_SHOWN = 12  # letters of a key that a page shows, whatever Althea calls a prefix
MISSING = (
    "{account} has no {provider} key at Althea, so it can't use {provider} voices. "
    "A team admin can add one on the Provider keys page."
)
TOO_SLOW = "Althea took too long"
NOT_OPENED = "the stored key can't be decrypted"
BUSY = "Althea is slow to answer right now"


@dataclass(frozen=True)
class AccountProviderKeys:
    """The first characters of an account's provider keys, by `Provider.account_key`; unknown if there is a problem.

    The problem ends the sentence "It could not be read: ...".
    """

    shown: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def read_provider_keys(
    *, member: Membership, key: ApiKey, ask: Any = gateway.ask, seconds: float = DEADLINE_SECONDS
) -> AccountProviderKeys:
    """Read the provider keys of the key's account from Althea, and cache for 5 minutes which ones exist."""
    try:
        stored = ask(_get_within(seconds), secret=gateway.unseal(key), endpoint=key.endpoint)
    except (TimeoutError, gateway.BusyError, SealError, AltheaError) as problem:
        return AccountProviderKeys(problem=_problem_text(member, key, problem))
    shown = _shown(stored)
    cache.set(_cache_key(key.account_id), list(shown), CACHE_SECONDS)
    return AccountProviderKeys(shown)


def _get_within(seconds: float) -> Callable[[AltheaClient], Awaitable[ProviderKeys]]:
    async def get(client: AltheaClient) -> ProviderKeys:
        async with asyncio.timeout(seconds):
            return await client.get_provider_keys()

    return get


def _problem_text(member: Membership, key: ApiKey, problem: Exception) -> str:
    if isinstance(problem, AltheaError):
        record_verdict(key=key, error=problem, now=timezone.now(), team=member.team)
        return problem.message.rstrip(".")
    known = {TimeoutError: TOO_SLOW, gateway.BusyError: BUSY}
    return known.get(type(problem), NOT_OPENED)


def _shown(stored: ProviderKeys) -> dict[str, str]:
    return {name: prefix[:MAX_SHOWN] for name, prefix in stored.prefixes.items()}


def _cache_key(account_id: object) -> str:
    return f"provider-keys-of:{account_id}"


def missing_key_message(
    *, member: Membership, key: ApiKey, provider: Provider, ask: Any = gateway.ask
) -> str:
    """Return a sentence that the key's account lacks a key of the provider; "" if it has one, or that is unknown.

    Only a key that exists is cached: one that was missing may have been added since.
    """
    if not provider.account_key or provider.account_key in cache.get(_cache_key(key.account_id), ()):
        return ""
    stored = read_provider_keys(member=member, key=key, ask=ask)
    if stored.problem or provider.account_key in stored.shown:
        return ""
    return MISSING.format(account=key.account, provider=provider.label)


# --- changing one ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProviderKeyChange:
    """The change of one provider's key: `secret` replaces the one that was `seen` ("" for none), None removes it."""

    name: str
    seen: str
    secret: Secret | None

    def is_as_seen(self, stored: ProviderKeys) -> bool:
        """Whether the account has the key that the person saw."""
        return _shown(stored).get(self.name, "") == self.seen

    def is_applied(self, stored: ProviderKeys) -> bool:
        """Whether a change that succeeded took effect: that null removes a key is not documented."""
        return (self.name in stored.prefixes) is (self.secret is not None)

    def status_in(self, stored: ProviderKeys) -> ChangeStatus:
        """Return the outcome of a change without a clear answer, judged by the account's keys.

        A new key that begins like the old one, as with "sk_", cannot be told apart from it.
        """
        if not self.is_as_seen(stored):
            return ChangeStatus.DONE if self.is_applied(stored) else ChangeStatus.UNDONE
        beginning = self.seen.rstrip("*.…")
        is_alike = bool(beginning) and self.secret is not None and self.secret.reveal().startswith(beginning)
        return ChangeStatus.UNCLEAR if is_alike else ChangeStatus.UNDONE


def change_provider_key(
    *,
    member: Membership,
    key: ApiKey,
    provider: Provider,
    seen: str,
    secret: Secret | None,
    ask: Any = gateway.ask,
    now: Now = timezone.now,
) -> Outcome:
    """Store the secret as the account's key of the provider, or remove that with None, unless it differs from `seen`.

    Raises PermissionDenied.
    """
    require(member, Verb.MANAGE_PROVIDER_KEYS)
    change = ProviderKeyChange(provider.account_key, seen, secret)
    outcome = call_with_key(key, lambda client: _change_upstream(client, change), ask=ask)
    cache.delete(_cache_key(key.account_id))
    if key.account is not None and outcome.status in {ChangeStatus.DONE, ChangeStatus.UNCLEAR}:
        _record(member, key.account, provider, change, outcome.status)
    note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


async def _change_upstream(client: AltheaClient, change: ProviderKeyChange) -> Outcome:
    try:
        stored = await client.get_provider_keys()
    except AltheaError as error:
        outcome = interpret_error(error)
        # A read changes nothing, so an unclear one can simply be repeated.
        return Outcome(ChangeStatus.LATER, error=error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    if not change.is_as_seen(stored):
        return Outcome(ChangeStatus.DIFFERS)
    try:
        stored = await client.set_provider_keys({change.name: change.secret})
    except AltheaError as error:
        outcome = interpret_error(error)
        return await _check(client, change, error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    return Outcome(ChangeStatus.DONE if change.is_applied(stored) else ChangeStatus.UNDONE)


async def _check(client: AltheaClient, change: ProviderKeyChange, error: AltheaError) -> Outcome:
    try:
        stored = await client.get_provider_keys()
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)
    return Outcome(change.status_in(stored), error=error)


def _record(
    member: Membership,
    account: AltheaAccount,
    provider: Provider,
    change: ProviderKeyChange,
    status: ChangeStatus,
) -> None:
    verb = "provider_key.removed" if change.secret is None else "provider_key.set"
    facts = {"outcome": "unclear"} if status is ChangeStatus.UNCLEAR else {}
    with transaction.atomic():
        audit.record_by(member, verb, account, provider=provider.label, replaced=bool(change.seen), **facts)


def change_message(outcome: Outcome, key: ApiKey) -> str:
    """Return the outcome of a change as a sentence; "" if it was made."""
    return failure_message(
        outcome,
        key,
        unclear="We couldn't check whether the key was changed. Check again later.",
        differs="Someone else just changed this key, so nothing was changed. Reload the page first.",
    )
