"""Which addresses may be reached: the base that the operator set, and public places that Althea points to."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import httpx

from voices.althea.errors import GarbledAnswerError, NotSentError

Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
Origin: TypeAlias = tuple[str, bytes, int | None]

_DEFAULT_PORTS = {"http": 80, "https": 443}
# The part of IPv6 that is given out to the public; the rest embeds, tunnels or stays at home.
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")


def normalise_base(url: str) -> str:
    """Return the base without trailing `/` and `/api`; ValueError when it is no plain http(s) address."""
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as exc:
        raise ValueError("The address of Althea is not a web address.") from exc
    if parsed.scheme not in _DEFAULT_PORTS or not parsed.host:
        raise ValueError("The address of Althea must begin with https:// (or http://) and name a host.")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ValueError("The address of Althea must hold no password, no query and no fragment.")
    path = parsed.path.rstrip("/").removesuffix("/api").rstrip("/")
    return str(parsed.copy_with(path=path or "/")).rstrip("/")


def origin(url: httpx.URL) -> Origin:
    """Return what must be equal for the key to go along: scheme, host and port."""
    return url.scheme, url.raw_host, url.port or _DEFAULT_PORTS.get(url.scheme)


def is_loopback(host: str) -> bool:
    """Say whether the host, a name or an address, is this machine by its very spelling."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Say whether the address is one of the public internet; False of IPv4 dressed up as IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in _PUBLIC_IPV6 or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


async def resolve_host(host: str) -> Sequence[str]:
    """Return the host's addresses as the system resolves it; OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def allowed_addresses(url: httpx.URL, *, base: httpx.URL, resolve: Resolve) -> Sequence[str]:
    """Return the checked addresses to connect to for a URL off the base; GarbledAnswerError if forbidden.

    Public https on the default port only. When the base is this machine (a sandbox), this machine may be
    reached as well, on any port and over http. All addresses must pass: one private one refuses the host.
    """
    if url.userinfo or not url.host or url.scheme not in _DEFAULT_PORTS:
        raise GarbledAnswerError("Althea pointed to an address that is not a plain web address.")
    addresses = await _resolved(url.host, resolve)
    if is_loopback(base.host) and all(map(is_loopback, addresses)):
        return addresses
    if url.scheme != "https" or origin(url)[2] != 443:
        raise GarbledAnswerError("Althea pointed to an address that is not plain https.")
    if not all(map(is_public, addresses)):
        raise GarbledAnswerError("Althea pointed to an address that is not public.")
    return addresses


async def _resolved(host: str, resolve: Resolve) -> Sequence[str]:
    if _is_address(host):
        return (host,)
    try:
        addresses = await resolve(host)
    except (OSError, UnicodeError) as exc:
        raise NotSentError("The place Althea pointed to has no address.") from exc
    if not addresses:
        raise NotSentError("The place Althea pointed to has no address.")
    return addresses
