"""The key is in the request to its origin and nowhere else: no log, no message, no traceback with local variables."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from django.views.debug import ExceptionReporter

from tests.althea.cast import KEY, MP3, VOICE_ID, Recorder, client, sample
from tests.althea.servers import answer, real_client, saying, server
from voices.althea import AltheaClient, AltheaError, Voice, VoicePage, new_http
from voices.kit.secret import Secret

PROVIDER_KEY = "sk-provider-secret-0123456789"
HIDDEN = (KEY[8:-4], PROVIDER_KEY[8:-4])
DEFINITION = {"generic": {"headers": {"Authorization": Secret(f"Bearer {PROVIDER_KEY}")}}}
CALLS: list[Callable[[AltheaClient], Awaitable[Any]]] = [
    lambda althea: althea.list_voices(),
    lambda althea: althea.find_by_name("Anna"),
    lambda althea: althea.get_voice(VOICE_ID),
    lambda althea: althea.clone_voice(sample=sample(), name="Anna"),
    lambda althea: althea.create_voice(name="Anna", definition=DEFINITION),
    lambda althea: althea.update_voice(VOICE_ID, definition=DEFINITION),
    lambda althea: althea.delete_voice(VOICE_ID),
    lambda althea: althea.get_preview(VOICE_ID),
    lambda althea: althea.preview_definition(name="Anna", definition=DEFINITION),
    lambda althea: althea.get_account(),
    lambda althea: althea.get_provider_keys(),
    lambda althea: althea.set_provider_keys({"elevenLabs": Secret(PROVIDER_KEY)}),
]
# An error page with status 200 is a success to a deletion that needs no body.
DELETE = 6
QUOTING = json.dumps({"detail": f"bad key {KEY}", "name": [KEY]}).encode()


def told(error: BaseException) -> str:
    """Return everything that a log, a mail or an error page can tell of an error, local variables included."""
    with_locals = traceback.TracebackException.from_exception(error, capture_locals=True)
    report = ExceptionReporter(None, type(error), error, error.__traceback__)
    texts = [*with_locals.format(), report.get_traceback_text(), report.get_traceback_html()]
    return "\n".join([*texts, repr(error), str(error), repr(vars(error)), repr(error.__cause__)])


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """Let every logger say all it can."""
    for name in (None, "httpx", "httpcore", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)


def assert_hidden(text: str) -> None:
    """Fail when a part of a key beyond what may be shown is in the text."""
    assert not [hidden for hidden in HIDDEN if hidden in text]


async def failed(althea: AltheaClient, call: Callable[[AltheaClient], Awaitable[Any]]) -> AltheaError:
    """Return the error of a call that must fail."""
    with pytest.raises(AltheaError) as caught:
        await call(althea)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        answer(400, QUOTING),
        answer(403, QUOTING),
        answer(429, QUOTING),
        answer(500, QUOTING),
        answer(302, Location="http://[broken"),
        answer(200, b"<html>" + QUOTING),
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_no_error_response_reveals_a_key(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    listen(caplog)
    async with server(saying(content)) as running, real_client(running.origin) as althea:
        for call in CALLS:
            if b" 200 " in content and call is CALLS[DELETE]:
                continue
            assert_hidden(told(await failed(althea, call)))
    assert_hidden(caplog.text + repr([vars(record) for record in caplog.records]))
    assert "send_request_headers" in caplog.text


async def test_secrets_of_a_body_that_are_quoted_back_are_masked() -> None:
    body = json.dumps({"elevenLabs": [f"bad key {PROVIDER_KEY}"]}).encode()
    senders = (CALLS[4], CALLS[5], CALLS[8], CALLS[-1])  # three send a definition, the last a provider's key
    async with server(saying(answer(400, body))) as running, real_client(running.origin) as althea:
        for send in senders:
            error = await failed(althea, send)
            assert_hidden(told(error))
            assert error.fields == (("elevenLabs", f"bad key {Secret(PROVIDER_KEY).masked}"),)


async def test_a_created_voice_has_its_definition_unmasked() -> None:
    definition = {"generic": {"headers": {"Authorization": f"Bearer {PROVIDER_KEY}"}}}
    recorder = Recorder(
        httpx.Response(201, json={"voiceId": VOICE_ID, "name": "A", "definition": definition})
    )
    async with client(recorder) as althea:
        voice = await althea.create_voice(name="A", definition=DEFINITION)
    assert voice.definition == definition
    assert json.loads(recorder.request.content)["definition"] == definition


def test_values_show_no_definition_and_no_raw_answer() -> None:
    definition = {"generic": {"headers": {"Authorization": PROVIDER_KEY}}}
    raw = {"voiceId": VOICE_ID, "name": "Anna", "definition": definition}
    assert_hidden(repr(Voice.from_json(raw)) + repr(VoicePage.from_json({"results": [raw]})))


async def test_no_connection_error_reveals_a_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listen(caplog)
    async with server(saying(b"")) as gone:
        pass
    async with real_client(gone.origin) as althea:
        for call in CALLS:
            assert_hidden(told(await failed(althea, call)))
    assert_hidden(caplog.text)


async def test_no_http_library_error_reveals_a_key() -> None:
    for raised in (httpx.ReadTimeout("x"), OSError("x")):
        async with client(Recorder(raised)) as althea:
            for call in CALLS:
                assert_hidden(told(await failed(althea, call)))


async def test_no_deadline_error_reveals_a_key() -> None:
    deadlines = {"deadline_seconds": 0.05, "clone_deadline_seconds": 0.05}
    async with (
        server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as running,
        real_client(running.origin, **deadlines) as althea,
    ):
        for call in CALLS:
            assert_hidden(told(await failed(althea, call)))


async def test_a_success_logs_no_key(caplog: pytest.LogCaptureFixture) -> None:
    listen(caplog)
    async with server(saying(answer(200, MP3))) as running, real_client(running.origin) as althea:
        await althea.get_preview(VOICE_ID)
    assert running.received[0].header("X-API-Key") == KEY
    assert "HTTP Request" in caplog.text
    assert "send_request_headers" in caplog.text
    assert_hidden(caplog.text)


async def test_neither_client_nor_its_clients_show_the_key() -> None:
    async with new_http(transport=httpx.MockTransport(Recorder(httpx.Response(404)))) as http:
        althea = AltheaClient(http=http, base_url="https://app.altheastudio.ai", key=Secret(KEY))
        await althea.delete_voice(VOICE_ID)
        assert_hidden(repr(althea) + repr(vars(althea)) + repr(vars(http.keyed)) + repr(http.keyed.headers))
