"""The guard lets nothing be stored for strangers, and only so many uploads at once."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.db import OperationalError

from tests.web.test_guard import SIGNED_IN, Spooler, decide, guard_of, is_live, spooler
from voices.web.guard import ANONYMOUS_BYTES, Guard, Message, Receive, Scope, Send, UploadLimits

__all__ = ["spooler"]  # a fixture of the guard's tests

FORM = b"application/x-www-form-urlencoded"


# --- bodies of strangers ---


@pytest.mark.parametrize(
    ("size", "content_type", "status"),
    [
        (16_000, FORM, 200),
        (16_001, FORM, 403),
        (10, b"multipart/form-data; boundary=x", 403),
        (10, b" Multipart/Form-Data; boundary=x", 403),
        (10, b"text/plain", 200),
    ],
)
async def test_strangers_send_only_what_stays_in_memory(size: int, content_type: bytes, status: int) -> None:
    length = str(size).encode()
    for cookie in (b"", b"sessionid=forged"):
        answer = await decide(
            "POST", "/accounts/login/", cookie=cookie, content_length=length, content_type=content_type
        )
        assert answer[0] == status
    known = await decide(
        "POST", "/accounts/login/", cookie=SIGNED_IN, content_length=length, content_type=content_type
    )
    assert known[0] == 200


def test_bodies_of_strangers_are_never_spooled(settings: Any) -> None:
    assert ANONYMOUS_BYTES == 16_000 < settings.FILE_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (FORM, 200),
        (FORM + b"; charset=utf-8", 200),
        (FORM + b'; charset="UTF8"', 200),
        (FORM + b"; charset=utf-7", 415),
        (FORM + b"; charset=iso-8859-1", 415),
        (FORM + b"; charset*=utf-7''utf-7", 415),
        (FORM + b"; charset*=none''utf-8", 415),
        (FORM + b"; x=" + b"a" * 1_000, 415),
        ([FORM, b"x; charset=utf-7"], 415),
    ],
)
async def test_text_in_another_encoding_is_415(content_type: bytes | list[bytes], status: int) -> None:
    for method in ("GET", "POST"):
        answer = await decide(method, "/accounts/login/", content_type=content_type)
        assert answer[0] == status


async def test_a_database_that_fails_is_503_and_stores_nothing(spooler: Spooler) -> None:
    async def failing(key: str) -> bool:
        raise OperationalError("the database is locked")

    guard = Guard(spooler, session_cookie="sessionid", is_live=failing)
    assert await post(guard, b"abc") == (503, b"10")
    assert spooler.requests == 0


# --- how many at once ---


class Held:
    """Stands for Django: holds every request until it is let go."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def post(guard: Guard, session: bytes, *, address: str = "192.0.2.1", size: int = 100) -> Any:
    """Return status and Retry-After of an upload."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)

    headers = [(b"cookie", b"sessionid=" + session), (b"content-length", str(size).encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/clone/",
        "headers": headers,
        "client": (address, 1),
    }
    await guard(scope, receive, send)
    return told[0]["status"], dict(told[0]["headers"]).get(b"retry-after", b"")


async def under_way(stack: AsyncExitStack, held: Held, guard: Guard, *sessions: bytes, **more: Any) -> None:
    """Start uploads, which end with the stack."""
    tasks = [asyncio.create_task(post(guard, session, **more)) for session in sessions]

    async def end() -> None:
        held.go_on.set()
        assert await asyncio.gather(*tasks) == [(200, b"")] * len(tasks)

    stack.push_async_callback(end)
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in tasks)


@pytest.mark.parametrize(
    ("limits", "session", "address", "status"),
    [
        ({"per_session": 2}, b"abc", "192.0.2.2", 429),
        ({"per_session": 2}, b"b0b", "192.0.2.1", 200),
        ({"per_address": 2}, b"b0b", "192.0.2.1", 429),
        ({"per_address": 2}, b"b0b", "192.0.2.2", 200),
        ({"in_all": 2}, b"b0b", "192.0.2.2", 503),
        ({"bytes_in_all": 250}, b"b0b", "192.0.2.2", 503),
        ({"bytes_in_all": 300}, b"b0b", "192.0.2.2", 200),
    ],
)
async def test_uploads_at_once_are_limited(
    limits: dict[str, int], session: bytes, address: str, status: int
) -> None:
    held = Held()
    guard = guard_of(held, uploads=UploadLimits(**limits))
    async with AsyncExitStack() as stack:
        await under_way(stack, held, guard, b"abc", b"abc")
        if status == 200:
            await under_way(stack, held, guard, session, address=address)
        else:
            assert await post(guard, session, address=address) == (status, b"10")
    assert await post(guard, b"abc") == (200, b"")  # all have ended, and none counts any more


async def test_strangers_enter_in_turn_people_and_probes_at_once() -> None:
    inside: list[str] = []
    go_on = asyncio.Event()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        inside.append(dict(scope["headers"])[b"cookie"].decode())
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def body() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def get(session: str, path: str = "/") -> None:
        headers = [(b"cookie", f"sessionid={session}".encode())]
        await guard({"type": "http", "method": "GET", "path": path, "headers": headers}, body, nothing)

    async def nothing(message: Message) -> None:
        return

    guard = guard_of(page, known={"abc"})
    tasks = [asyncio.create_task(get(session)) for session in ["made-up"] * 9 + ["abc"] * 9]
    tasks.append(asyncio.create_task(get("balancer", "/readyz")))
    await asyncio.sleep(0.01)
    assert [inside.count(f"sessionid={name}") for name in ("made-up", "abc", "balancer")] == [6, 9, 1]
    go_on.set()
    await asyncio.gather(*tasks)
    assert len(inside) == 19


# --- what the log says, and what the application could not answer ---


async def test_refusal_takes_one_log_line_that_cannot_be_broken(caplog: pytest.LogCaptureFixture) -> None:
    await decide("POST", "/a\nERROR forged\x1b[2J", content_length=b"99999999")
    assert [record.getMessage() for record in caplog.records] == [
        "413 Too large: POST /a\\nERROR forged\\x1b[2J from unknown"
    ]
    assert caplog.records[0].exc_info is None


async def test_an_escaped_error_is_a_page_and_a_short_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("the error page")

    with caplog.at_level(logging.ERROR, logger="voices.web.guard.guard"):
        status, retry = await post(Guard(broken, session_cookie="sessionid", is_live=is_live), b"abc")
    assert (status, retry) == (500, b"")
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "ValueError: the error page" in record.getMessage()
    assert len(record.getMessage()) < 2_000
