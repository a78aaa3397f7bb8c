"""Which addresses may be contacted: the configured base, and public hosts that Althea points to."""

from collections.abc import Sequence
from typing import TypeAlias

import httpx

from voices.althea.errors import GarbledAnswerError, NotSentError
from voices.kit.addresses import Resolve, addresses_of, is_loopback, is_public

Origin: TypeAlias = tuple[str, bytes, int | None]

_DEFAULT_PORTS = {"http": 80, "https": 443}


def normalise_base(url: str) -> str:
    """Return the base URL without trailing `/` and `/api`. Raise ValueError if it is not a plain http(s) URL."""
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as exc:
        raise ValueError("Althea's address isn't a valid URL.") from exc
    if parsed.scheme not in _DEFAULT_PORTS or not parsed.host:
        raise ValueError("Althea's address must begin with https:// (or http://) and name a host.")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ValueError("Althea's address must not contain a password, a query or a fragment.")
    path = parsed.path.rstrip("/").removesuffix("/api").rstrip("/")
    return str(parsed.copy_with(path=path or "/")).rstrip("/")


def origin(url: httpx.URL) -> Origin:
    """Return scheme, host and port: the key is sent only to an equal origin."""
    return url.scheme, url.raw_host, url.port or _DEFAULT_PORTS.get(url.scheme)


async def allowed_addresses(url: httpx.URL, *, base: httpx.URL, resolve: Resolve) -> Sequence[str]:
    """Return the checked addresses for a URL outside the base. Raise GarbledAnswerError if it is forbidden.

    Only public https on the default port is allowed; if the base is this machine (a sandbox), so is any port of
    this machine over http. Every address must pass: a single private one rules the host out.
    """
    if url.userinfo or not url.host or url.scheme not in _DEFAULT_PORTS:
        raise GarbledAnswerError("Althea pointed to an invalid web address.")
    addresses = await _resolved(url.host, resolve)
    if is_loopback(base.host) and all(map(is_loopback, addresses)):
        return addresses
    if url.scheme != "https" or origin(url)[2] != 443:
        raise GarbledAnswerError("Althea pointed to an address that doesn't use https.")
    if not all(map(is_public, addresses)):
        raise GarbledAnswerError("Althea pointed to an address that is not public.")
    return addresses


async def _resolved(host: str, resolve: Resolve) -> Sequence[str]:
    try:
        return await addresses_of(host, resolve)
    except LookupError as exc:
        raise NotSentError("The host that Althea pointed to has no address.") from exc
