"""What of a speaker is let in, decided by the guard before a byte is stored."""

from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_request
from tests.web.test_guard import Spooler, ask, length, serving, spooler
from voices.actions.speakers.link_tokens import make_token, token_hash
from voices.kit.secret import Secret
from voices.models import Membership, SpeakerRequest
from voices.web.guard import Guard, Message, Receive, Refusal, Scope, Send
from voices.web.guard.refusals import NO_SUCH_LINK
from voices.web.links import link_path
from voices.web.speak.admission import LINK_CLOSED, TOO_OFTEN, admit

__all__ = ["spooler"]  # a fixture of the guard's tests
OPEN = Secret("open")


@pytest.fixture
def token(cast: Cast) -> Secret:
    cache.clear()
    made = make_token()
    make_request(cast.ed, token=made)
    return made


def test_open_link_is_admitted_under_its_hash(token: Secret) -> None:
    assert admit(token, "192.0.2.7") == token_hash(token)


def test_forged_and_unknown_links_are_refused_alike(token: Secret, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert admit(Secret(token.reveal()[:-1] + "!"), "192.0.2.7") == NO_SUCH_LINK
    assert admit(make_token(), "192.0.2.7") == NO_SUCH_LINK


@pytest.mark.parametrize(
    "change", [{"state": "received"}, {"state": "withdrawn"}, {"expires_at": "2026-01-01T00:00Z"}]
)
def test_closed_link_is_refused(token: Secret, change: dict[str, str]) -> None:
    SpeakerRequest.objects.update(**change)
    assert admit(token, "192.0.2.7") == LINK_CLOSED


def test_link_of_a_demoted_requester_is_refused(token: Secret, cast: Cast) -> None:
    Membership.objects.filter(pk=cast.ed.pk).update(role="viewer")
    assert admit(token, "192.0.2.7") == LINK_CLOSED


@pytest.mark.parametrize(("rates", "by_link"), [("60/h/ip,2/h/key", True), ("2/h/ip,20/h/key", False)])
@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", ""])
def test_tries_are_counted_by_link_and_by_network(
    token: Secret, cast: Cast, settings: Settings, *, rates: str, by_link: bool, address: str
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"link_upload": rates}
    other = make_token()
    make_request(cast.ed, token=other)
    assert [isinstance(admit(token, address), Refusal) for _ in range(3)] == [False, False, True]
    assert (admit(token, "198.51.100.9") == TOO_OFTEN) is by_link
    assert (admit(other, address) == TOO_OFTEN) is not by_link


# --- in the guard ---


async def admit_open(token: Secret, address: str) -> str | Refusal:
    return "its hash" if token == OPEN else NO_SUCH_LINK


async def is_live(key: str) -> bool:
    return False


def guard_of(app: Any, **options: Any) -> Guard:
    return Guard(app, session_cookie="sessionid", is_live=is_live, admit_link=admit_open, **options)


def head(token: Secret, method: str = "POST") -> bytes:
    return f"{method} {link_path(token)} HTTP/1.1\r\nHost: studio\r\n".encode()


async def test_guard_lets_in_50_mb_by_an_open_link_alone(spooler: Spooler) -> None:
    async with serving(guard_of(spooler)) as port:
        chunks = [b"x" * 1_000_000] * 50
        forged, page = await ask(port, head(Secret("forged")) + length(50_000_000), chunks)
        assert (forged, spooler.requests, spooler.spooled_bytes) == (404, 0, 0)
        too_large, _ = await ask(port, head(OPEN) + length(50_200_001), chunks)
        status, _ = await ask(port, head(OPEN) + length(50_000_000), chunks)
    assert (too_large, status, spooler.spooled_bytes) == (413, 200, 50_000_000)
    assert b'<a href="">Open the link again</a>' in page and b"library" not in page


async def test_guard_refuses_a_body_with_a_read_of_a_forged_link(spooler: Spooler) -> None:
    for method in ("GET", "PUT", "DELETE"):
        async with serving(guard_of(spooler)) as port:
            status, _ = await ask(port, head(Secret("forged"), method) + length(100_000), [b"x" * 100_000])
        assert (status, spooler.requests) == (404, 0)


async def test_guard_takes_one_recording_at_a_time_by_a_link() -> None:
    answers: list[int] = []
    scope = {
        "type": "http", "method": "POST", "path": link_path(OPEN), "headers": [(b"content-length", b"10")],
        "client": ("192.0.2.7", 5),
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * 10, "more_body": False}

    async def send(message: Message) -> None:
        answers.extend([message["status"]] if "status" in message else [])

    async def app(scope: Scope, receive: Receive, answer: Send) -> None:
        await receive()
        if not answers:
            await guard(
                scope | {"path": link_path(OPEN)[:-1]}, receive, send
            )  # the same link, from another tab
        await answer({"type": "http.response.start", "status": 200, "headers": []})

    guard = guard_of(app)
    await guard(scope, receive, send)
    assert answers == [429, 200]


async def test_guard_logs_no_token(spooler: Spooler, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(guard_of(spooler)) as port:
        await ask(port, head(Secret("c4n4ry")) + length(100), [b"x" * 100])
    assert "POST /speak/" in caplog.text
    assert "c4n4ry" not in caplog.text
