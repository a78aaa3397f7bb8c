"""uvicorn's HTTP protocol with limits: on the size and time of headers, on idle time, and on connections.

uvicorn limits none of them. Its parser adds each piece of a header to the last one, in quadratic time, and the
guard sees a request only when its headers are complete (measured: three headers of 300 MB kept a process busy for a
minute and left it with 1.2 GB; 2,300 idle connections took all descriptors).
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from voices.kit.open_files import max_open_files
from voices.web.guard.connections import Connections, network_of
from voices.web.guard.refusals import (
    FULL,
    HEADERS_TOO_LARGE,
    UNREADABLE,
    Refusal,
    log_refusal,
    raw_response,
)

MAX_CONNECTIONS = 4_000
# Descriptors that a process needs for other things: the database, files, calls to Althea, listening.
RESERVED_FILES = 256


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of one connection."""

    header_bytes: int = 64_000
    headers: int = 100
    # Of all connections together, while their headers arrive in pieces; those that come whole do not count.
    pending_bytes: int = 8_000_000
    pipelined: int = 16
    header_seconds: float = 10.0
    # How long a client may fail to read our response before the connection is reset.
    stall_seconds: float = 60.0


class LimitError(Exception):
    """The client has exceeded a limit; raised inside the parser to stop it."""


class PendingHeaders:
    """The number of bytes of incomplete headers in a process, over all connections."""

    def __init__(self) -> None:
        self.total = 0


class BoundedProtocol(HttpToolsProtocol):
    """One connection, which has a deadline whenever it has no request in progress."""

    def __init__(
        self,
        *arguments: Any,
        connections: Connections,
        limits: ConnectionLimits,
        pending: PendingHeaders,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._open = connections
        self._limits = limits
        self._pending = pending
        self._pending_here = 0
        self._overhead = (
            0  # bytes since the message began that are not of its body: headers, chunk sizes, trailers
        )
        self._head = 0  # bytes of the request line and the headers so far
        self._is_in_headers = False
        self._deadline: asyncio.TimerHandle | None = None
        self._reset: asyncio.TimerHandle | None = None
        self._refusal = UNREADABLE
        self._running: RequestResponseCycle | None = None

    # --- the connection ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Count the connection, and give it a deadline for its first request."""
        super().connection_made(transport)
        if self._open.add(self, self._network()):
            self._set_deadline()
        else:
            self._refuse(FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._open.remove(self)
        self._drop_requests()
        self._count_pending(0)
        self._clear_deadline()
        self._clear_reset()
        super().connection_lost(exc)

    def close_now(self) -> None:
        """Close the connection without waiting for its client to read or send anything."""
        if self.transport.get_write_buffer_size():
            self._abort()
        else:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection after its idle time."""
        super().timeout_keep_alive_handler()
        self._reset_later()

    def _network(self) -> str:
        """Return the network that the connection counts for; "" for a trusted proxy, which serves many people."""
        address = self.client[0] if self.client else ""
        is_proxy = isinstance(self.app, ProxyHeadersMiddleware) and address in self.app.trusted_hosts
        return "" if is_proxy else network_of(address)

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._limits.header_seconds, self.close_now)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _reset_later(self) -> None:
        """Reset the connection later unless its client has read our response, for which closing waits."""
        if self._reset is None:
            self._reset = self.loop.call_later(self._limits.stall_seconds, self._abort)

    def _clear_reset(self) -> None:
        if self._reset is not None:
            self._reset.cancel()
            self._reset = None

    def _abort(self) -> None:
        """Reset the connection."""
        self._drop_requests()
        self.transport.abort()

    def _drop_requests(self) -> None:
        """Notify every request that its client has disconnected; uvicorn notifies only the last one."""
        for cycle in (self._running, self.cycle):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()

    @property
    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    # --- reading ---

    def data_received(self, data: bytes) -> None:
        """Parse the data unless it exceeds a limit."""
        self._unset_keepalive_if_required()
        if self.transport.is_closing():
            return
        if not self._is_busy:
            self._set_deadline()
        self._overhead += len(data)
        try:
            self.parser.feed_data(data)
            self._check_overhead()
        except httptools.HttpParserUpgrade:
            pass  # answered like any other request: we support no other protocol
        except (httptools.HttpParserError, LimitError):
            self._refuse(self._refusal)

    def _check_overhead(self) -> None:
        if self._overhead > self._limits.header_bytes:
            self._stop(HEADERS_TOO_LARGE)
        self._count_pending(self._overhead if self._is_in_headers else 0)
        if self._pending_here and self._pending.total > self._limits.pending_bytes:
            self._stop(FULL)

    def _count_pending(self, size: int) -> None:
        self._pending.total += size - self._pending_here
        self._pending_here = size

    def _stop(self, refusal: Refusal) -> NoReturn:
        self._refusal = refusal
        raise LimitError

    def on_message_begin(self) -> None:
        """Begin a request, unless too many wait on this connection already."""
        if len(self.pipeline) >= self._limits.pipelined:
            self._stop(FULL)
        self._is_in_headers = True
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address, up to the limit."""
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, up to the limit."""
        self._count_head(len(name) + len(value))
        if len(self.headers) >= self._limits.headers:
            self._stop(HEADERS_TOO_LARGE)
        super().on_header(name, value)

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > self._limits.header_bytes:
            self._stop(HEADERS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Start the request, which the guard times from here on."""
        self._is_in_headers = False
        super().on_headers_complete()
        self._clear_deadline()
        self._open.set_busy(self)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, which the guard counts."""
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; what follows is the next one."""
        self._overhead = 0
        super().on_message_complete()

    # --- writing ---

    def on_response_complete(self) -> None:
        """Wait for the next request, for the time of `--timeout-keep-alive`."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._reset_later()
        elif not self._is_busy:
            self._open.set_idle(self)

    def pause_writing(self) -> None:
        """Pause writing, with a deadline."""
        super().pause_writing()
        self._reset_later()

    def resume_writing(self) -> None:
        """Resume writing."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._clear_reset()

    def _refuse(self, refusal: Refusal) -> None:
        """Send the refusal and close; in the middle of another response only close."""
        log_refusal(refusal, self.client[0] if self.client else "")
        if self._is_busy:
            self._abort()
            return
        self.transport.write(raw_response(refusal))
        self.transport.close()
        self._reset_later()


# What `uvicorn --http` names. One process has one set of connections.
http_protocol = partial(
    BoundedProtocol,
    connections=Connections(
        in_all=max(64, min(MAX_CONNECTIONS, max_open_files() - RESERVED_FILES)), per_network=512
    ),
    limits=ConnectionLimits(),
    pending=PendingHeaders(),
)
