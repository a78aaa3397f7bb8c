"""Clients for stored keys: the only place where sealed keys are opened."""

from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID, uuid5

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices.althea import AltheaClient, HttpClients, new_http
from voices.kit.concurrency import ConcurrencyLimit, LimitReachedError
from voices.kit.sealing import (
    Sealer,
    SealError,
    load_or_make_secret_file,
    make_key,
    read_secret_file,
    split_keys,
)
from voices.kit.secret import Secret
from voices.models import ApiKey, CloneJob, Endpoint, PackImportRow, SealCanary, Voice, WebhookEndpoint

Result = TypeVar("Result")
Call = Callable[[AltheaClient], Awaitable[Result]]
OpenHttp = Callable[[], AbstractAsyncContextManager[HttpClients]]

# A call from a page occupies its thread, at worst until the deadline. The limit keeps most of the 32 threads of a
# process (voicestudio/asgi.py) free for pages that do not call Althea, and no person can take all slots.
CALL_LIMIT = ConcurrencyLimit(in_all=8, each=3, waiting=8, seconds=3.0)
# The person on whose behalf this request calls, set by a middleware; None for nobody in particular, as in commands.
caller: ContextVar[Hashable] = ContextVar("caller", default=None)


# The rows of allauth's second factors have no id before they are saved: all are sealed for this one.
SECOND_FACTORS = uuid5(UUID(int=0), "second factors")


class BusyError(Exception):
    """Nothing was sent, because the maximum number of calls to Althea is already waiting for responses."""


@lru_cache(maxsize=4)
def _sealer(keys: tuple[str, ...]) -> Sealer:
    return Sealer(keys)


def sealer() -> Sealer:
    """Return the sealer with the configured encryption keys. Raises ImproperlyConfigured for an invalid key."""
    # The settings are empty in the process that created the file after reading them.
    keys = settings.ENCRYPTION_KEYS or split_keys(read_secret_file(settings.ENCRYPTION_KEY_FILE))
    if not keys:
        raise ImproperlyConfigured(
            f"the encryption key is missing: there is no file {settings.ENCRYPTION_KEY_FILE}. "
            "Restore the key that was used before, or set VOICESTUDIO_ENCRYPTION_KEYS."
        )
    try:
        return _sealer(tuple(keys))
    except SealError as problem:
        raise ImproperlyConfigured(
            "VOICESTUDIO_ENCRYPTION_KEYS contains a value that is not an encryption key. "
            "Restore the key that was used before."
        ) from problem


def verify_encryption_key() -> None:
    """Check that the stored keys can be opened; create key and canary on first start. Raises ImproperlyConfigured."""
    with transaction.atomic():
        canary = SealCanary.objects.first() or _make_canary()
    open_canary(canary)


def open_canary(canary: SealCanary) -> None:
    """Check that the encryption key opens the canary. Raises ImproperlyConfigured."""
    try:
        sealer().unseal(bytes(canary.sealed), row_id=canary.id)
    except SealError as problem:
        raise ImproperlyConfigured(
            "the encryption key does not open this database. Restore the key that was used before "
            "(VOICESTUDIO_ENCRYPTION_KEYS, or secrets/enc.key in the data folder)."
        ) from problem


def _make_canary() -> SealCanary:
    """Create the canary with the configured key, or with a new key if nothing was sealed before."""
    if not settings.ENCRYPTION_KEYS and not ApiKey.objects.stored().exists():
        try:
            load_or_make_secret_file(settings.ENCRYPTION_KEY_FILE, make_key)
        except OSError as problem:
            raise ImproperlyConfigured(
                f"the encryption key {settings.ENCRYPTION_KEY_FILE} cannot be made ({problem.strerror})."
            ) from problem
    canary = SealCanary()
    canary.sealed = sealer().seal(Secret("canary"), row_id=canary.id)
    canary.save()
    return canary


@sensitive_variables()
def seal(secret: Secret, *, row_id: UUID) -> bytes:
    """Encrypt the secret for that row only."""
    return sealer().seal(secret, row_id=row_id)


@sensitive_variables()
def unseal(key: ApiKey) -> Secret:
    """Return the stored key's value. Raises SealError if it was sealed with another key or for another row."""
    return sealer().unseal(bytes(key.sealed), row_id=key.id)


@sensitive_variables()
def unseal_definition(job: CloneJob) -> Secret:
    """Return the JSON of the definition that the job sends. Raises SealError."""
    return sealer().unseal(bytes(job.sealed_definition or b""), row_id=job.id)


@sensitive_variables()
def unseal_secrets(voice: Voice) -> Secret:
    """Return the secrets of a voice's definition, as JSON. Raises SealError."""
    return sealer().unseal(bytes(voice.sealed_secrets or b""), row_id=voice.id)


@sensitive_variables()
def unseal_webhook(endpoint: WebhookEndpoint, *, now: datetime) -> list[Secret]:
    """Return the endpoint's secret, and the one before while it still signs. Raises SealError."""
    stored = [endpoint.sealed]
    if endpoint.old_sealed and endpoint.old_until is not None and endpoint.old_until > now:
        stored.append(endpoint.old_sealed)
    return [sealer().unseal(bytes(sealed), row_id=endpoint.id) for sealed in stored]


@sensitive_variables()
def unseal_pack(row: PackImportRow) -> Secret:
    """Return the secrets typed for a voice of a pack. Raises SealError."""
    return sealer().unseal(bytes(row.sealed_secrets or b""), row_id=row.id)


@sensitive_variables()
def seal_factor(text: str) -> str:
    """Encrypt the secret of a second factor."""
    return seal(Secret(text), row_id=SECOND_FACTORS).decode("ascii")


@sensitive_variables()
def open_factor(sealed: str) -> str:
    """Return the secret of a second factor. Raises SealError."""
    return sealer().unseal(sealed.encode("ascii"), row_id=SECOND_FACTORS).reveal()


def base_url(endpoint: str) -> str:
    """Return the address of the server that this endpoint's keys may be sent to."""
    return settings.SANDBOX_URL if endpoint == Endpoint.SANDBOX else settings.ALTHEA_URL


@sensitive_variables()
def client_for_secret(http: HttpClients, *, secret: Secret, endpoint: str) -> AltheaClient:
    """Return a client for a key that is not stored, or not yet."""
    return AltheaClient(http=http, base_url=base_url(endpoint), key=secret)


def client_for(
    http: HttpClients, key: ApiKey, *, deadline_seconds: float = 30.0, clone_deadline_seconds: float = 150.0
) -> AltheaClient:
    """Return a client that uses this stored key. Raises SealError."""
    return AltheaClient(
        http=http,
        base_url=base_url(key.endpoint),
        key=unseal(key),
        deadline_seconds=deadline_seconds,
        clone_deadline_seconds=clone_deadline_seconds,
    )


@sensitive_variables()
def ask(
    call: Call[Result],
    *,
    secret: Secret,
    endpoint: str,
    open_http: OpenHttp = new_http,
    limit: ConcurrencyLimit = CALL_LIMIT,
) -> Result:
    """Make one call to Althea from synchronous code, never inside a transaction. Raises AltheaError, BusyError."""

    async def run() -> Result:
        async with open_http() as http:
            return await call(client_for_secret(http, secret=secret, endpoint=endpoint))

    try:
        with limit.slot_for(caller.get()):
            return async_to_sync(run)()
    except LimitReachedError as full:
        raise BusyError from full
