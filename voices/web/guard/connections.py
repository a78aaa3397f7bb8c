"""The open connections of one web process, and which of them is closed if there are too many.

A connection is idle while it has no request in progress: before its first header, between two requests, and while
the headers of the next one arrive.
"""

import ipaddress
from collections import Counter
from typing import Protocol


class Closable(Protocol):
    """A connection as this module sees it."""

    def close_now(self) -> None:
        """Close the connection without waiting for anything."""
        ...


def network_of(address: str) -> str:
    """Return the unit that is counted: an IPv4 address, or the /64 network that a household or host gets as a whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


class Connections:
    """Counts connections in total and per network, closing the oldest idle one for a new one."""

    def __init__(self, *, in_all: int, per_network: int) -> None:
        self._in_all = in_all
        self._per_network = per_network
        self._networks: dict[Closable, str] = {}
        self._counts: Counter[str] = Counter()
        self._idle: dict[Closable, None] = {}  # the one that has been idle longest first
        self._idle_of: dict[str, dict[Closable, None]] = {}

    def __len__(self) -> int:
        return len(self._networks)

    def add(self, connection: Closable, network: str) -> bool:
        """Count a new, idle connection. Return False if the limit is reached and no idle connection can be closed.

        Connections of the network "" are limited in all only: a trusted proxy speaks for many people.
        """
        if network and self._counts[network] >= self._per_network:
            if not self._close_oldest(self._idle_of.get(network, {})):
                return False
        elif len(self) >= self._in_all and not self._close_oldest(self._idle):
            return False
        self._networks[connection] = network
        self._counts[network] += 1
        self.set_idle(connection)
        return True

    def set_idle(self, connection: Closable) -> None:
        """Note that no request of the connection is under way."""
        if connection in self._networks and connection not in self._idle:
            self._idle[connection] = None
            self._idle_of.setdefault(self._networks[connection], {})[connection] = None

    def set_busy(self, connection: Closable) -> None:
        """Note that a request of the connection is under way."""
        if connection in self._idle:
            del self._idle[connection]
            del self._idle_of[self._networks[connection]][connection]

    def remove(self, connection: Closable) -> None:
        """Stop counting a connection; one that is not counted is ignored."""
        if connection not in self._networks:
            return
        self.set_busy(connection)
        network = self._networks.pop(connection)
        self._counts[network] -= 1
        if not self._counts[network]:
            del self._counts[network]
            self._idle_of.pop(network, None)

    def _close_oldest(self, idle: dict[Closable, None]) -> bool:
        oldest = next(iter(idle), None)
        if oldest is None:
            return False
        self.remove(oldest)
        oldest.close_now()
        return True
