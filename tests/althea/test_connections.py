"""What real sockets do to a call, and the one error each of it becomes; nothing outlasts the total deadline."""

import asyncio
import socket
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.althea.cast import KEY, MP3, VOICE_ID, Recorder, client, sample
from tests.althea.servers import Received, Script, answer, certificate, real_client, saying, server
from voices.althea import (
    AltheaClient,
    GarbledAnswerError,
    InvalidFieldsError,
    NotSentError,
    Problem,
    UnknownOutcomeError,
    new_http,
)
from voices.kit.secret import Secret

DEADLINE = 0.4
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


def dripping(start: bytes) -> Script:
    """Make a script that writes the start and then a byte now and then, for ever."""

    async def script(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    return script


def leaving(content: bytes, *, reset: bool = False) -> Script:
    """Make a script that writes the bytes and ends the connection, with a reset if told."""

    async def script(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        if reset:
            plug = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            writer.transport.abort()
        writer.close()

    return script


async def hanging(received: Received, writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD, HEAD + b"{"])
async def test_a_dripping_answer_ends_at_the_total_deadline(start: bytes) -> None:
    async with (
        server(dripping(start)) as running,
        real_client(running.origin, deadline_seconds=DEADLINE, clone_deadline_seconds=DEADLINE) as althea,
    ):
        for call in (althea.get_account(), althea.clone_voice(sample=sample(), name="A")):
            began = time.monotonic()
            with pytest.raises(UnknownOutcomeError) as caught:
                await call
            assert time.monotonic() - began < DEADLINE + 5  # the drip itself never ends
            assert caught.value.problem is Problem.UNKNOWN


async def test_a_dripping_redirected_preview_ends_at_the_deadline() -> None:
    async with (
        server(dripping(HEAD + MP3)) as second,
        server(saying(answer(302, Location=second.origin + "/a.mp3"))) as first,
        real_client(first.origin, deadline_seconds=DEADLINE) as althea,
    ):
        began = time.monotonic()
        with pytest.raises(UnknownOutcomeError):
            await althea.get_preview(VOICE_ID)
        assert time.monotonic() - began < DEADLINE + 5  # the drip itself never ends
    assert len(second.received) == 1


async def test_a_slow_name_server_ends_at_the_total_deadline() -> None:
    async def slow(host: str) -> Sequence[str]:
        await asyncio.sleep(30)
        return ()

    recorder = Recorder(httpx.Response(302, headers={"Location": "https://cdn.example/a.mp3"}))
    async with client(recorder, resolve=slow, deadline_seconds=DEADLINE) as althea:
        with pytest.raises(UnknownOutcomeError):
            await althea.get_preview(VOICE_ID)


async def test_silent_clone_call_ends_at_its_own_deadline() -> None:
    async with (
        server(hanging) as running,
        real_client(running.origin, clone_deadline_seconds=DEADLINE) as althea,
    ):
        with pytest.raises(UnknownOutcomeError):
            await althea.clone_voice(sample=sample(), name="A")
    assert len(running.received) == 1


@pytest.mark.parametrize(
    "script",
    [
        leaving(b""),
        leaving(b"", reset=True),
        leaving(b"HTTP/1.1 201 Cre"),
        leaving(b"HTTP/1.1 201 Created\r\nContent-Le"),
        leaving(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{"),
        leaving(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{", reset=True),
        leaving(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
        leaving(b"\x00\xff garbage, no HTTP\r\n\r\n" * 5),
        leaving(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n{"),
        leaving(b"HTTP/1.1 201 Created\r\nX: " + b"x" * 200_000),
    ],
)
async def test_a_broken_answer_is_an_unknown_outcome(script: Script) -> None:
    async with server(script) as running, real_client(running.origin) as althea:
        with pytest.raises(UnknownOutcomeError) as caught:
            await althea.clone_voice(sample=sample(), name="A")
    assert caught.value.problem is Problem.UNKNOWN
    assert len(running.received) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_server_error_is_an_unknown_outcome(status: int) -> None:
    async with (
        server(saying(answer(status, b"<h1>Oops</h1>"))) as running,
        real_client(running.origin) as althea,
    ):
        with pytest.raises(UnknownOutcomeError) as caught:
            await althea.clone_voice(sample=sample(), name="A")
    assert (caught.value.status, caught.value.problem) == (status, Problem.UNKNOWN)


async def test_a_refused_connection_was_not_sent() -> None:
    async with server(saying(b"")) as running:
        pass
    async with real_client(running.origin) as althea:
        with pytest.raises(NotSentError) as caught:
            await althea.clone_voice(sample=sample(), name="A")
    assert caught.value.permanent is False


async def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    async with real_client("http://no-such-name.invalid") as althea:
        with pytest.raises(NotSentError):
            await althea.get_account()


async def test_an_unaccepted_connection_times_out_as_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waiting:
        # Its queue holds one; who comes next waits, as behind a resolver that does not answer.
        waiting.connect(full.getsockname())
        async with real_client(f"http://127.0.0.1:{full.getsockname()[1]}", deadline_seconds=DEADLINE) as one:
            with pytest.raises(NotSentError):
                await one.get_account()


async def test_a_certificate_that_is_not_trusted_is_permanent(tmp_path: Path) -> None:
    serving, _ = certificate(tmp_path, "127.0.0.1")
    async with server(saying(answer(200)), tls=serving) as running, real_client(running.origin) as althea:
        with pytest.raises(NotSentError) as caught:
            await althea.get_account()
    assert caught.value.permanent is True
    assert running.received == []


async def test_a_certificate_for_another_name_is_permanent(tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path, "other.example")
    async with (
        server(saying(answer(200)), tls=serving) as running,
        real_client(running.origin, tls=trusting) as althea,
    ):
        with pytest.raises(NotSentError) as caught:
            await althea.get_account()
    assert caught.value.permanent is True


async def test_plain_http_on_a_tls_port_counts_as_not_sent() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(400, b"this is no TLS"))
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with real_client(f"https://127.0.0.1:{port}") as althea:
        with pytest.raises(NotSentError) as caught:
            await althea.get_account()
    assert caught.value.permanent is False
    listening.close()


async def test_request_without_a_free_slot_counts_as_not_sent() -> None:
    async with client(Recorder(httpx.PoolTimeout("full"))) as althea:
        with pytest.raises(NotSentError):
            await althea.get_account()


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (httpx.ConnectError("x"), NotSentError),
        (httpx.ConnectTimeout("x"), NotSentError),
        (httpx.PoolTimeout("x"), NotSentError),
        (httpx.UnsupportedProtocol("x"), NotSentError),
        (httpx.ReadTimeout("x"), UnknownOutcomeError),
        (httpx.WriteTimeout("x"), UnknownOutcomeError),
        (httpx.ReadError("x"), UnknownOutcomeError),
        (httpx.WriteError("x"), UnknownOutcomeError),
        (httpx.CloseError("x"), UnknownOutcomeError),
        (httpx.RemoteProtocolError("x"), UnknownOutcomeError),
        (httpx.LocalProtocolError("x"), UnknownOutcomeError),
        (httpx.ProxyError("x"), UnknownOutcomeError),
        (httpx.DecodingError("x"), UnknownOutcomeError),
        (httpx.StreamClosed(), UnknownOutcomeError),
        (httpx.InvalidURL("x"), UnknownOutcomeError),
        (ssl.SSLError("x"), UnknownOutcomeError),
        (ConnectionResetError("x"), UnknownOutcomeError),
        (TimeoutError("x"), UnknownOutcomeError),
        (OSError("disk"), UnknownOutcomeError),
    ],
)
async def test_every_http_failure_is_one_error(raised: Exception, kind: type[Exception]) -> None:
    async with client(Recorder(raised)) as althea:
        for call in (
            althea.get_account(),
            althea.get_preview(VOICE_ID),
            althea.clone_voice(sample=sample(), name="A"),
        ):
            with pytest.raises(kind) as caught:
                await call
            assert type(caught.value) is kind
            assert caught.value.__cause__ is raised


async def test_cancellation_is_not_turned_into_an_althea_error() -> None:
    arrived = asyncio.Event()

    async def arriving(received: Received, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with server(arriving) as running, real_client(running.origin) as althea:
        task = asyncio.get_running_loop().create_task(althea.get_account())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_endless_preview_is_cut_at_12_mb() -> None:
    async def endless(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + MP3)
        while True:
            writer.write(b"\0" * 262_144)
            await writer.drain()

    async with server(endless) as running, real_client(running.origin) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.get_preview(VOICE_ID)


async def test_an_answer_of_5_mb_of_json_is_garbled() -> None:
    body = b'{"voiceId": "v", "name": "' + b"x" * 5_000_000 + b'"}'
    async with server(saying(answer(201, body))) as running, real_client(running.origin) as althea:
        with pytest.raises(GarbledAnswerError):
            await althea.clone_voice(sample=sample(), name="A")


async def test_an_error_page_of_any_size_is_still_its_status() -> None:
    async with (
        server(saying(answer(413, b"<p>" * 1_000_000))) as running,
        real_client(running.origin) as althea,
    ):
        with pytest.raises(InvalidFieldsError) as caught:
            await althea.clone_voice(sample=sample(), name="A")
    assert caught.value.status == 413


async def test_slots_bound_concurrent_requests_of_many_keys() -> None:
    most = under_way = 0

    async def counting(received: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        writer.write(answer(200, b'{"accountId": "a"}'))

    keys = [f"{number:08}.{KEY[9:]}" for number in range(12)]
    async with server(counting) as running, new_http(slots=3) as http:
        clients = [AltheaClient(http=http, base_url=running.origin, key=Secret(key)) for key in keys]
        await asyncio.gather(*(each.get_account() for each in clients))
    assert most == 3
    assert sorted(received.header("X-API-Key") or "" for received in running.received) == keys
