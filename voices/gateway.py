"""From a stored key to an Althea client; the one place where sealed keys are opened."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices.althea import AltheaClient, HttpClients, new_http
from voices.kit.sealing import Sealer, SealError
from voices.kit.secret import Secret
from voices.models import ApiKey, Endpoint, SealCanary

Answer = TypeVar("Answer")
Call = Callable[[AltheaClient], Awaitable[Answer]]
OpenHttp = Callable[[], AbstractAsyncContextManager[HttpClients]]


@lru_cache(maxsize=4)
def _sealer(keys: tuple[str, ...]) -> Sealer:
    return Sealer(keys)


def sealer() -> Sealer:
    """The sealer of the configured encryption keys. Raises ImproperlyConfigured where one is no key."""
    try:
        return _sealer(tuple(settings.ENCRYPTION_KEYS))
    except SealError as problem:
        raise ImproperlyConfigured(
            "VOICESTUDIO_ENCRYPTION_KEYS holds a value that is no encryption key. Restore the key that was used before."
        ) from problem


def verify_encryption_key() -> None:
    """Passes if the stored keys can be opened; makes the canary on first start. Raises ImproperlyConfigured."""
    with transaction.atomic():
        canary = SealCanary.objects.first()
        if canary is None:
            canary = SealCanary()
            canary.sealed = sealer().seal(Secret("canary"), row_id=canary.id)
            canary.save()
    try:
        sealer().unseal(bytes(canary.sealed), row_id=canary.id)
    except SealError as problem:
        raise ImproperlyConfigured(
            "the encryption key does not open this database. Restore the key that was used before "
            "(VOICESTUDIO_ENCRYPTION_KEYS, or secrets/enc.key in the data folder)."
        ) from problem


@sensitive_variables()
def seal(secret: Secret, *, row_id: UUID) -> bytes:
    """The secret, sealed for that row only."""
    return sealer().seal(secret, row_id=row_id)


@sensitive_variables()
def unseal(key: ApiKey) -> Secret:
    """The stored key's value. Raises SealError when it was sealed by another key or for another row."""
    return sealer().unseal(bytes(key.sealed), row_id=key.id)


def base_url(endpoint: str) -> str:
    """The server that this endpoint's keys may be sent to."""
    return settings.SANDBOX_URL if endpoint == Endpoint.SANDBOX else settings.ALTHEA_URL


@sensitive_variables()
def client_for_secret(http: HttpClients, *, secret: Secret, endpoint: str) -> AltheaClient:
    """A client for a key that is not stored (yet)."""
    return AltheaClient(http=http, base_url=base_url(endpoint), key=secret)


def client_for(
    http: HttpClients, key: ApiKey, *, deadline_seconds: float = 30.0, clone_deadline_seconds: float = 150.0
) -> AltheaClient:
    """A client that speaks with this stored key. Raises SealError."""
    return AltheaClient(
        http=http,
        base_url=base_url(key.endpoint),
        key=unseal(key),
        deadline_seconds=deadline_seconds,
        clone_deadline_seconds=clone_deadline_seconds,
    )


@sensitive_variables()
def ask(call: Call[Answer], *, secret: Secret, endpoint: str, open_http: OpenHttp = new_http) -> Answer:
    """One call to Althea from synchronous code; never inside a transaction. Raises AltheaError."""

    async def talk() -> Answer:
        async with open_http() as http:
            return await call(client_for_secret(http, secret=secret, endpoint=endpoint))

    return async_to_sync(talk)()
