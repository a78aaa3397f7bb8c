"""How a request reaches Django: all of it in one thread, which stays for the next one."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from voices.web.clone.uploads import HashingUploadHandler
from voices.web.guard import Guard, Message
from voicestudio.asgi import MAPPED_BYTES, PAGE_THREADS, Pages, known_sessions, map_database

SEEN: list[tuple[str, int]] = []
HERE = f"{__name__}.watched"


def watched(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that notes where it stands."""

    def note(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        SEEN.append((threading.current_thread().name, threading.get_ident()))
        return answer

    return note


def logged_in(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that knows one session."""

    def note(request: HttpRequest) -> HttpResponse:
        if request.COOKIES.get("sessionid") == "ada":
            request.member = None  # type: ignore[attr-defined]  # as the login middleware sets it
        return get_response(request)

    return note


RELEASED = threading.Event()
ALL_WAIT = threading.Barrier(PAGE_THREADS + 1)


def held_up(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that holds up every page, as a database does that is away."""

    def wait(request: HttpRequest) -> HttpResponse:
        if request.path != "/readyz" and not RELEASED.is_set():
            ALL_WAIT.wait()
            RELEASED.wait()
        return HttpResponse(status=404)

    return wait


async def ask(count: int, session: str = "") -> None:
    """One request after another."""
    transport = httpx.ASGITransport(Pages())
    cookies = {"sessionid": session} if session else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies) as client:
        for _ in range(count):
            assert (await client.get("/nothing/")).status_code == 404


@override_settings(MIDDLEWARE=[HERE, "django.middleware.common.CommonMiddleware", HERE])
def test_request_runs_in_one_thread_that_the_next_reuses() -> None:
    SEEN.clear()
    asyncio.run(ask(3))
    assert len(SEEN) == 6
    assert len({thread for _, thread in SEEN}) == 1
    assert all(name.startswith("page") for name, _ in SEEN)


@override_settings(MIDDLEWARE=[f"{__name__}.held_up"])
def test_readiness_is_answered_while_every_page_waits() -> None:
    async def ask_both() -> tuple[int, int]:
        RELEASED.clear()
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Pages()), base_url="http://localhost"
        ) as client:
            waiting = [asyncio.create_task(client.get("/nothing/")) for _ in range(PAGE_THREADS + 1)]
            await asyncio.to_thread(ALL_WAIT.wait)
            ready = await client.get("/readyz")
            RELEASED.set()
            return ready.status_code, len([await one for one in waiting])

    assert asyncio.run(ask_both()) == (404, PAGE_THREADS + 1)  # 404 of the middleware below: it was reached


UPLOADED: "list[UploadedFile[Any]]" = []


def slow_to_read(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that reads the uploaded file only after its sender has hung up."""

    def read(request: HttpRequest) -> HttpResponse:
        time.sleep(0.3)
        request.upload_handlers = [HashingUploadHandler(request)]
        UPLOADED.append(request.FILES["file"])
        return HttpResponse(status=404)

    return read


async def upload_and_hang_up() -> None:
    """Send the whole body and close the connection before there is a response."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    body = head + b"\0" * 1_000 + b"\r\n--x--\r\n"
    messages = iter([{"type": "http.request", "body": body}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        return None

    headers = [
        (b"host", b"localhost"),
        (b"cookie", b"sessionid=ada"),
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/clone/",
        "query_string": b"",
        "headers": headers,
    }

    async def is_live(key: str) -> bool:
        return True

    await Guard(Pages(), session_cookie="sessionid", is_live=is_live)(scope, receive, send)


@override_settings(MIDDLEWARE=[f"{__name__}.slow_to_read"])
def test_sender_who_hangs_up_leaves_no_temporary_file() -> None:
    UPLOADED.clear()
    asyncio.run(upload_and_hang_up())
    assert [file.closed for file in UPLOADED] == [True]


@override_settings(MIDDLEWARE=[f"{__name__}.logged_in"])
def test_only_the_session_of_a_login_becomes_known() -> None:
    for session in ("ada", "made-up", ""):
        asyncio.run(ask(1, session))
    assert [name in known_sessions for name in ("ada", "made-up", "")] == [True, False, False]


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_sqlite_file_is_memory_mapped() -> None:
    map_database(connection)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA mmap_size").fetchone() == (MAPPED_BYTES,)
        cursor.execute("PRAGMA mmap_size=0")


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_memory_mapping_leaves_postgresql_alone() -> None:
    with CaptureQueriesContext(connection) as queries:
        map_database(connection)
    assert len(queries) == 0
