"""/healthz says that the process answers, whatever else is busy, under any Host."""

import pytest

from tests.web.answer_headers import EXPECTED
from tests.web.test_guard import _never, _no_app
from voices.web.guard import Liveness, Message
from voicestudio.asgi import alive, counted, guarded


async def asked(method: str, path: str = "/healthz") -> list[Message]:
    """What is sent in answer, with nothing behind."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [(b"host", b"10.1.2.3:8000")]}
    await Liveness(_no_app)(scope, _never, send)
    return told


@pytest.mark.parametrize(
    ("method", "status", "body"),
    [("GET", 200, b'{"status":"ok"}'), ("HEAD", 200, b'{"status":"ok"}'), ("POST", 405, b"")],
)
async def test_healthz_needs_nothing_behind_it(method: str, status: int, body: bytes) -> None:
    start, end = await asked(method)
    headers = {name.decode().title(): value.decode() for name, value in start["headers"]}
    assert (start["status"], end["body"]) == (status, body)
    assert {name: headers.get(name.title()) for name in EXPECTED} == EXPECTED


async def test_other_paths_are_passed_on() -> None:
    for path in ("/", "/healthz/", "/readyz"):
        with pytest.raises(AssertionError, match="nothing may reach the application"):
            await asked("GET", path)


def test_healthz_is_answered_before_limits_and_guard() -> None:
    assert (alive._app, counted._app) == (counted, guarded)
