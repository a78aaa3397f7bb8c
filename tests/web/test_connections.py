"""Connections are limited in number, time and headers, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from tests.web.answer_headers import EXPECTED
from tests.web.test_guard import PING, serving
from voices.web.guard import Receive, Scope, Send
from voices.web.guard.connections import Connections, network_of
from voices.web.guard.protocol import BoundedProtocol, ConnectionLimits, PendingHeaders

HEAD = b"GET / HTTP/1.1\r\nHost: studio\r\n"
KEPT = HEAD + b"\r\n"


class Recorded:
    """A connection that notes when it is closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close_now(self) -> None:
        """Note it."""
        self.is_closed = True


def opened(connections: Connections, network: str) -> Recorded:
    """A new connection for which there is room."""
    one = Recorded()
    assert connections.add(one, network)
    return one


def test_oldest_idle_connection_gives_way() -> None:
    connections = Connections(in_all=3, per_network=9)
    first, second, third = (opened(connections, name) for name in "abc")
    connections.set_busy(first)
    connections.set_busy(third)
    connections.set_idle(third)
    opened(connections, "d")
    assert [one.is_closed for one in (first, second, third)] == [False, True, False]
    connections.set_idle(first)
    opened(connections, "e")
    assert [one.is_closed for one in (first, second, third)] == [False, True, True]
    assert len(connections) == 3


def test_new_connection_is_refused_while_all_are_busy() -> None:
    connections = Connections(in_all=1, per_network=9)
    busy = opened(connections, "a")
    connections.set_busy(busy)
    assert not connections.add(Recorded(), "b")
    connections.remove(busy)
    connections.remove(busy)
    assert connections.add(Recorded(), "b")


def test_network_over_its_limit_closes_its_own_connections() -> None:
    connections = Connections(in_all=9, per_network=2)
    other, first, second = opened(connections, "b"), opened(connections, "a"), opened(connections, "a")
    opened(connections, "a")
    assert [one.is_closed for one in (other, first, second)] == [False, True, False]


def test_connections_of_a_proxy_are_limited_in_all_only() -> None:
    connections = Connections(in_all=4, per_network=2)
    proxied = [opened(connections, "") for _ in range(4)]
    assert not any(one.is_closed for one in proxied)
    opened(connections, "")
    assert proxied[0].is_closed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_network_of_ipv6_is_its_64(address: str, network: str) -> None:
    assert network_of(address) == network


# --- over sockets ---


class Pages:
    """Answers 200, or waits if told to."""

    def __init__(self) -> None:
        self.requests = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def bounded(
    app: Pages, *, in_all: int = 50, per_network: int = 50, options: Any = None, **limits: Any
) -> AsyncIterator[int]:
    """Run the application behind the protocol with these limits."""
    protocol = partial(
        BoundedProtocol,
        connections=Connections(in_all=in_all, per_network=per_network),
        limits=ConnectionLimits(**limits),
        pending=PendingHeaders(),
    )
    async with serving(app, http=protocol, **(options or {"proxy_headers": False})) as port:
        yield port


async def connect(port: int, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection, and send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes the connection."""
    try:
        return await asyncio.wait_for(reader.read(), timeout=30)
    except ConnectionError:
        return b""


async def status_of(port: int, sent: bytes) -> tuple[int, bytes]:
    """Status, 0 if there is none, and the whole answer to what is sent on a connection that the server closes."""
    reader, writer = await connect(port, sent)
    answer = await all_of(reader)
    writer.close()
    return int(answer[9:12] or 0), answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"X-A: " + b"a" * 65_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 65_000, 431),
        (HEAD + b"X-A: 1\r\n" * 100 + b"\r\n", 431),
        (HEAD + b"X-A: 1\r\n" * 98 + b"Connection: close\r\n\r\n", 200),
        (HEAD + b"X-A: " + b"a" * 60_000 + b"\r\nConnection: close\r\n\r\n", 200),
        (b"no HTTP at all\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: studio\r\n\r\n", 400),
    ],
)
async def test_headers_are_limited_in_size_and_number(sent: bytes, status: int) -> None:
    pages = Pages()
    async with bounded(pages) as port:
        told, answer = await status_of(port, sent)
    assert (told, pages.requests) == (status, int(status == 200))
    names = [name.lower().encode() + b":" for name in EXPECTED]
    assert status == 200 or [name for name in names if name not in answer.lower()] == []


async def test_a_header_in_pieces_is_refused_while_it_comes() -> None:
    pages = Pages()
    async with bounded(pages) as port:
        reader, writer = await connect(port, HEAD + b"X-A: ")
        sent = 0
        while not reader.at_eof() and sent < 5_000_000:
            writer.write(b"a" * 20_000)
            sent += 20_000
            await asyncio.sleep(0)
            if reader._buffer:  # type: ignore[attr-defined]  # an answer, without waiting for one
                break
        assert (await all_of(reader))[:12] in {b"HTTP/1.1 431", b""}
        writer.close()
    assert (pages.requests, sent < 5_000_000) == (0, True)


async def test_trailers_count_like_headers() -> None:
    pages = Pages()
    pages.go_on.clear()
    chunked = b"POST / HTTP/1.1\r\nHost: studio\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    async with bounded(pages) as port:
        assert await status_of(port, chunked + b"X-A: " + b"a" * 65_000) == (0, b"")
        pages.go_on.set()


async def test_incomplete_headers_are_limited_over_all_connections() -> None:
    async with bounded(Pages(), pending_bytes=50_000) as port:
        _, first = await connect(port, HEAD + b"X-A: " + b"a" * 30_000)
        assert (await status_of(port, HEAD + b"X-A: " + b"a" * 30_000))[0] == 503
        assert (await status_of(port, PING))[0] == 200  # in one piece
        first.close()


async def test_a_connection_without_a_request_is_closed() -> None:
    async with bounded(Pages(), header_seconds=0.1) as port:
        for sent in (b"", b"\r\n", HEAD):
            assert await status_of(port, sent) == (0, b"")


async def test_an_empty_line_does_not_keep_a_connection_open() -> None:
    async with bounded(Pages(), header_seconds=0.1) as port:
        reader, writer = await connect(port, KEPT)
        await reader.readuntil(b"ok")
        writer.write(b"\r\n")
        assert await all_of(reader) == b""
        writer.close()


async def test_time_for_headers_does_not_run_during_a_request() -> None:
    pages = Pages()
    pages.go_on.clear()
    async with bounded(pages, header_seconds=0.05) as port:
        asked = asyncio.create_task(status_of(port, PING))
        await asyncio.sleep(0.2)
        pages.go_on.set()
        assert (await asked)[0] == 200


async def test_idle_connections_make_room_for_the_next_request() -> None:
    async with bounded(Pages(), in_all=3) as port:
        idle = [await connect(port) for _ in range(5)]
        assert (await status_of(port, PING))[0] == 200
        assert [await all_of(reader) for reader, _ in idle[:3]] == [b"", b"", b""]
        for _, writer in idle:
            writer.close()


async def test_too_many_busy_connections_are_503() -> None:
    pages = Pages()
    pages.go_on.clear()
    async with bounded(pages, per_network=1) as port:
        asked = asyncio.create_task(status_of(port, PING))
        while not pages.requests:  # noqa: ASYNC110 - the application offers no event
            await asyncio.sleep(0.01)
        assert (await status_of(port, b""))[0] == 503
        pages.go_on.set()
        assert (await asked)[0] == 200


async def test_a_trusted_proxy_may_hold_many_connections() -> None:
    trusted = {"proxy_headers": True, "forwarded_allow_ips": "127.0.0.1"}
    async with bounded(Pages(), per_network=1, options=trusted) as port:
        kept = [await connect(port, KEPT) for _ in range(4)]
        for reader, writer in kept:
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            writer.write(KEPT)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_pipelined_requests_are_limited() -> None:
    pages = Pages()
    async with bounded(pages) as port:
        reader, writer = await connect(port, KEPT * 10)
        for _ in range(10):
            await reader.readuntil(b"ok")
        writer.write(KEPT * 100)
        assert len(await all_of(reader)) < 100 * len(b"ok")
        writer.close()
    assert pages.requests <= 11


async def test_a_client_that_leaves_early_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages()
    pages.go_on.clear()
    async with bounded(pages) as port:
        for _ in range(3):
            _, writer = await connect(port, KEPT * 3)
            while not pages.requests:  # noqa: ASYNC110 - the application offers no event
                await asyncio.sleep(0.01)
            writer.transport.abort()
        assert (await status_of(port, KEPT * 99))[0] == 0  # reset by the server, which lets 16 wait
        pages.go_on.set()
        assert (await status_of(port, PING))[0] == 200
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_client_that_does_not_read_is_reset() -> None:
    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})

    async with bounded(large, stall_seconds=0.1) as port:  # type: ignore[arg-type]
        reader, writer = await connect(port, KEPT)
        await asyncio.sleep(0.5)
        assert len(await all_of(reader)) < 20_000_000
        writer.close()
