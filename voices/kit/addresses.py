"""Which addresses are on the public internet, and which are this machine."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

Resolve: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]

# The globally routable part of IPv6; the rest is embedded, tunnelled or local.
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")


def is_loopback(host: str) -> bool:
    """Whether the host is `localhost` or a loopback address, without resolving it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether the address is on the public internet; False for IPv4 embedded in IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip not in _PUBLIC_IPV6 or ip.sixtofour or ip.teredo):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


async def resolve_host(host: str) -> Sequence[str]:
    """Return the host's addresses as the system resolves them. Raise OSError if it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def addresses_of(host: str, resolve: Resolve) -> Sequence[str]:
    """Return the host's addresses; an address is its own. Raise LookupError if it has none."""
    if _is_address(host):
        return (host,)
    try:
        addresses = await resolve(host)
    except (OSError, UnicodeError) as exc:
        raise LookupError(host) from exc
    if not addresses:
        raise LookupError(host)
    return addresses


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
