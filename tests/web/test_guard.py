"""The guard refuses from the headers, counts what really comes, and never keeps the others waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn

from tests.kit.fakes import FakeClock
from voices.web.guard import (
    LINGER_BYTES,
    App,
    Guard,
    Message,
    Receive,
    Scope,
    Send,
    UploadLimits,
    UploadSpeed,
)

COOKIE = b"Cookie: theme=dark; sessionid=abc123\r\n"
UPLOAD = b"POST /clone/ HTTP/1.1\r\nHost: studio\r\n"
PING = b"GET /healthz HTTP/1.1\r\nHost: studio\r\nConnection: close\r\n\r\n"


async def is_live(key: str) -> bool:
    """Whether a session is live, as the database would know."""
    return key in {"abc123", "abc", "b0b"}


def guard_of(app: App, **options: Any) -> Guard:
    """A guard that knows three sessions."""
    return Guard(app, session_cookie="sessionid", is_live=is_live, **options)


class Spooler:
    """Stands for Django: writes the whole body of any request to a file, then answers 200."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "spool"
        self.file.touch()
        self.requests = 0
        self.disconnects = 0

    @property
    def spooled_bytes(self) -> int:
        return self.file.stat().st_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        with self.file.open("ab") as file:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.disconnects += 1
                    return
                file.write(message["body"])
                file.flush()
                if not message["more_body"]:
                    break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def spooler(tmp_path: Path) -> Spooler:
    return Spooler(tmp_path)


@asynccontextmanager
async def serving(app: App, **options: Any) -> AsyncIterator[int]:
    """Run uvicorn in this loop on a free port."""
    quiet = {"lifespan": "off", "ws": "none", "log_config": None, "access_log": False}
    config = uvicorn.Config(app, port=0, timeout_graceful_shutdown=1, **quiet, **options)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def ask(
    port: int, head: bytes, chunks: list[bytes] | None = None, pause: float = 0.0
) -> tuple[int, bytes]:
    """Return status and page; as a browser does, go on writing until the answer is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, [head, *(chunks or [])], pause))
    try:
        answered = await asyncio.wait_for(_read_answer(reader), timeout=300)
    finally:
        sending.cancel()
        writer.close()
        with suppress(ConnectionError, asyncio.CancelledError):
            await sending
    return answered


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(size)


async def _send(writer: asyncio.StreamWriter, pieces: list[bytes], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def length(size: int) -> bytes:
    return b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size


# --- what passes ---


async def test_guard_passes_an_upload_of_a_logged_in_person(spooler: Spooler) -> None:
    async with serving(guard_of(spooler)) as port:
        status, answer = await ask(port, UPLOAD + COOKIE + length(9_000_000), [b"x" * 1_000_000] * 9)
    assert (status, spooler.spooled_bytes) == (200, 9_000_000)
    assert answer == b"ok"


async def test_guard_passes_bodyless_requests_on_one_connection(spooler: Spooler) -> None:
    async with serving(guard_of(spooler)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for method in (b"GET", b"POST", b"HEAD", b"DELETE", b"GET"):
            writer.write(method + PING.removeprefix(b"GET").replace(b"close", b"keep-alive"))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert method == b"HEAD" or await reader.readexactly(2) == b"ok"
        writer.close()


async def test_guard_lets_the_app_wait_for_the_disconnect() -> None:
    seen: list[str] = []

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])

    async with serving(guard_of(waiting, speed=UploadSpeed(stall_seconds=0.05))) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PING)
        await asyncio.sleep(0.3)
        assert seen == []
        writer.close()
        await asyncio.sleep(0.1)
    assert seen == ["http.request", "http.disconnect"]


async def test_hanging_up_is_told_once_the_response_has_begun() -> None:
    told: list[bool | str] = []

    async def working(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        gone = asyncio.create_task(receive())
        await asyncio.sleep(0.2)
        told.append(gone.done())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        told.append((await gone)["type"])

    async with serving(guard_of(working)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPLOAD + COOKIE + length(4) + b"body")
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.4)
    assert told == [False, "http.disconnect"]


async def test_guard_passes_other_protocols_untouched() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    for kind in ("lifespan", "websocket"):
        await guard_of(app)({"type": kind}, _never, _ignore)
    assert seen == ["lifespan", "websocket"]


async def _never() -> Message:
    raise AssertionError("nothing may be read")


async def _ignore(message: Message) -> None:
    return


# --- what is refused from the headers ---


async def decide(
    method: str = "POST", path: str = "/clone/", **headers: Any
) -> tuple[int, dict[bytes, bytes], str]:
    """Return the guard's status, headers and page for a request head; 200 when it passes."""
    told: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        assert told, "the decision must come before reading"
        return {"type": "http.disconnect"}

    names = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    raw = [
        (name, one)
        for name, value in names.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    await guard_of(app)(scope, receive, send)
    page = b"".join(message.get("body", b"") for message in told)
    return told[0]["status"], dict(told[0]["headers"]), page.decode()


SIGNED_IN = b"sessionid=abc"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
async def test_a_body_without_a_length_is_411(method: str) -> None:
    status, _, page = await decide(method, cookie=SIGNED_IN, transfer_encoding=b"chunked")
    assert status == 411
    assert "its size wasn&#x27;t given in advance" in page


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("POST", "/clone/", 50_200_000, 200),
        ("POST", "/clone/", 50_200_001, 413),
        ("PUT", "/clone/", 50_200_000, 200),
        ("POST", "/packs/", 300_200_000, 200),
        ("POST", "/packs/", 300_200_001, 413),
        ("GET", "/clone/", 1_000_001, 413),
        ("POST", "/clone/several/", 50_200_000, 200),
        ("POST", "/clone/several/upload/", 50_200_000, 200),
        ("POST", f"/voices/{UUID(int=7)}/consent/", 50_200_000, 200),
        ("POST", f"/voices/{UUID(int=7)}/consents/", 1_000_001, 413),
        ("POST", "/keys/", 1_000_000, 200),
        ("POST", "/keys/", 1_000_001, 413),
        ("POST", "/clone/sample/", 50_200_000, 200),
        ("POST", "/clone/part/", 50_200_001, 413),
        ("POST", "/clone/../keys/", 1_000_001, 413),
        ("POST", "/clone/else/", 1_000_001, 413),
        ("DELETE", "/", 1_000_001, 413),
    ],
)
async def test_declared_length_is_limited_per_path(method: str, path: str, size: int, status: int) -> None:
    answer = await decide(method, path, cookie=SIGNED_IN, content_length=str(size).encode())
    assert answer[0] == status
    assert "MB" in answer[2] or status == 200


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"-1",
        b"+5",
        b"5, 5",
        b"0x10",
        b"1e3",
        b" 5",
        b"5.0",
        b"\xb2",
        b"9" * 16,
        b"9" * 5000,
        [b"5", b"5"],
        [b"5", b"6"],
    ],
)
async def test_malformed_or_repeated_length_is_400(value: bytes | list[bytes]) -> None:
    assert (await decide(cookie=SIGNED_IN, content_length=value))[0] == 400


@pytest.mark.parametrize(
    "cookie",
    [[], b"", b"sessionid=", b"sessionid=forged", b"other=abc", b"xsessionid=abc", b"a=sessionid=abc"],
)
async def test_upload_without_a_session_is_403_with_a_login_link(cookie: bytes | list[bytes]) -> None:
    status, headers, page = await decide(cookie=cookie, content_length=b"100")
    assert status == 403
    assert 'href="/accounts/login/">Log in</a>' in page
    assert b"hx-redirect" not in headers


async def test_htmx_upload_without_a_session_is_401_and_swaps_nothing() -> None:
    status, headers, page = await decide(content_length=b"100", hx_request=b"true")
    assert status == 401
    assert not headers.keys() & {b"hx-redirect", b"hx-location", b"location", b"hx-refresh"}
    assert "Log in first" in page


@pytest.mark.parametrize("cookie", [b"sessionid=abc", b"a=b;  sessionid=b0b", [b"a=b", b"sessionid=abc"]])
async def test_a_session_is_found_among_the_cookies(cookie: bytes | list[bytes]) -> None:
    assert (await decide(cookie=cookie, content_length=b"100"))[0] == 200


async def test_guard_needs_no_session_for_the_upload_page() -> None:
    assert (await decide("GET"))[0] == 200


async def test_guard_refusal_is_a_small_page_that_closes() -> None:
    _, headers, page = await decide(content_length=b"99999999999")
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-security-policy"].startswith(b"default-src 'none'")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"connection"] == b"close"
    assert int(headers[b"content-length"]) == len(page.encode()) < 1000
    assert "<script" not in page and "style" not in page


# --- what is refused on the wire ---


@pytest.mark.parametrize("cookie", [COOKIE, b""])
async def test_body_of_200_mb_is_refused_and_not_stored(spooler: Spooler, cookie: bytes) -> None:
    async with serving(guard_of(spooler)) as port:
        status, answer = await ask(port, UPLOAD + cookie + length(200_000_000), [b"x" * 1_000_000] * 200)
    assert (status, spooler.requests, spooler.spooled_bytes) == (413, 0, 0)
    assert b"The limit here is 50 MB" in answer


async def test_body_of_200_mb_without_length_is_refused_unstored(spooler: Spooler) -> None:
    chunked = UPLOAD + COOKIE + b"Transfer-Encoding: chunked\r\n\r\n"
    async with serving(guard_of(spooler)) as port:
        status, _ = await ask(port, chunked, [b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n"] * 200)
    assert (status, spooler.requests, spooler.spooled_bytes) == (411, 0, 0)


async def test_refusal_reaches_a_browser_that_sends_before_reading(spooler: Spooler) -> None:
    async with serving(guard_of(spooler)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await _send(writer, [UPLOAD + length(20_000_000), *[b"x" * 1_000_000] * 20], pause=0)
        status, page = await asyncio.wait_for(_read_answer(reader), timeout=300)
        writer.close()
    assert (status, spooler.requests) == (403, 0)
    assert b"Log in" in page


async def test_a_refused_body_is_not_read_for_ever() -> None:
    reads = 0

    async def endless() -> Message:
        nonlocal reads
        reads += 1
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    headers = [(b"content-length", b"999000000")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await guard_of(_no_app)(scope, endless, _ignore)
    assert reads == LINGER_BYTES // 1_000_000 + 1


async def _no_app(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nothing may reach the application")


async def test_a_client_that_waits_for_100_continue_sends_nothing(spooler: Spooler) -> None:
    head = UPLOAD + b"Expect: 100-continue\r\n" + length(20_000_000)
    async with serving(guard_of(spooler, speed=UploadSpeed(stall_seconds=0.2))) as port:
        status, _ = await ask(port, head)
    assert status == 403  # and not "100 Continue" before it


async def test_stalled_body_is_408_and_disconnects_the_app(spooler: Spooler) -> None:
    async with serving(guard_of(spooler, speed=UploadSpeed(stall_seconds=0.2))) as port:
        status, answer = await ask(port, UPLOAD + COOKIE + length(1000), [b"x" * 100])
    assert (status, spooler.disconnects, spooler.spooled_bytes) == (408, 1, 100)
    assert b"too slow" in answer


async def test_a_body_that_trickles_is_408_after_the_grace(spooler: Spooler) -> None:
    guard = guard_of(spooler, speed=UploadSpeed(grace_seconds=0.3))
    async with serving(guard) as port:
        status, _ = await ask(port, UPLOAD + COOKIE + length(1_000_000), [b"x"] * 400, pause=0.02)
    assert (status, spooler.disconnects) == (408, 1)
    assert spooler.spooled_bytes < 60


async def test_guard_serves_others_beside_100_slow_bodies(spooler: Spooler) -> None:
    room = UploadLimits(per_session=100, per_address=100, in_all=100)
    guard = guard_of(spooler, speed=UploadSpeed(grace_seconds=900), uploads=room)
    async with serving(guard) as port:
        slow = [
            asyncio.create_task(ask(port, UPLOAD + COOKIE + length(1_000_000), [b"x"] * 9_000, pause=0.05))
            for _ in range(100)
        ]
        await asyncio.sleep(0.3)
        for _ in range(50):
            assert (await ask(port, PING))[0] == 200
        assert spooler.requests == 150
        assert not any(
            task.done() for task in slow
        )  # all 50 were answered while every slow body was on its way
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


# --- counting and timing, with the hands of the clock in ours ---


async def watch(app: App, messages: list[tuple[float, bytes, bool]], *, declared: int) -> list[int]:
    """Let the body come as (seconds, bytes, more); return the statuses answered."""
    clock = FakeClock()
    statuses: list[int] = []
    left = iter(messages)

    async def receive() -> Message:
        seconds, body, more = next(left, (0.0, b"", False))
        clock.advance(seconds)
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    headers = [(b"cookie", SIGNED_IN)]
    headers += [(b"content-length", str(declared).encode())] if declared else []
    scope = {"type": "http", "method": "POST", "path": "/keys/", "headers": headers}
    await guard_of(app, clock=clock)(scope, receive, send)
    return statuses


async def test_more_than_declared_is_413(spooler: Spooler) -> None:
    assert await watch(spooler, [(0, b"x" * 6, True), (0, b"x" * 6, True)], declared=10) == [413]
    assert spooler.spooled_bytes == 6


async def test_unannounced_body_is_411(spooler: Spooler) -> None:
    assert await watch(spooler, [(0, b"x", True)], declared=0) == [411]
    assert spooler.spooled_bytes == 0


async def test_a_slow_start_within_the_grace_passes(spooler: Spooler) -> None:
    assert await watch(spooler, [(9.9, b"x", True), (0, b"x" * 99, False)], declared=100) == [200]


async def test_minimum_rate_is_a_mean_over_the_waited_time(spooler: Spooler) -> None:
    assert await watch(
        spooler, [(1, b"x" * 60_000, True), (14, b"x", True), (1, b"x", True)], declared=90_000
    ) == [408]
    assert await watch(
        spooler, [(1, b"x" * 70_000, True), (14, b"x", True), (0, b"x", False)], declared=70_002
    ) == [200]


async def test_last_byte_is_never_too_late(spooler: Spooler) -> None:
    assert await watch(spooler, [(600, b"x", False)], declared=1) == [200]


async def test_guard_never_answers_after_the_response_began() -> None:
    async def early(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b""})

    assert await watch(early, [(30, b"x", True)], declared=10) == [200]


async def test_guard_ignores_the_app_after_a_disconnect() -> None:
    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert await watch(stubborn, [(30, b"x", True)], declared=10) == [408]
