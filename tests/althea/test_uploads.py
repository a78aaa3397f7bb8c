"""A recording goes from the disk to the wire in pieces, unchanged, with its length told beforehand."""

import asyncio
import hashlib
import io
import re
import tracemalloc
from pathlib import Path

import httpx
import pytest

from tests.althea.cast import VOICE, WAV, Recorder, client, sample
from tests.althea.servers import Received, answer, real_client, saying, server
from voices.althea import (
    GarbledAnswerError,
    InvalidFieldsError,
    NotSentError,
    SampleFile,
    UnknownOutcomeError,
)

MADE = answer(201, httpx.Response(201, json=VOICE).content)


def on_disk(folder: Path, size: int) -> SampleFile:
    """Make a recording on the disk, written in pieces so that the test itself holds none of it."""
    path = folder / "anna.wav"
    with path.open("wb") as file:
        for number in range(size // 65_536):
            file.write(bytes([number % 251]) * 65_536)
        file.write(b"x" * (size % 65_536))
    return SampleFile(file=path.open("rb"), filename="anna.wav", content_type="audio/wav", size=size)


def multipart_size(received: Received, content: SampleFile, texts: dict[str, str]) -> int:
    """Compute how long the body must be: every part's frame around its content."""
    boundary = re.search(r"boundary=(\S+)", received.head)
    assert boundary
    size = 0
    for name, text in texts.items():
        size += len(
            f'--{boundary[1]}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        )
    head = (
        f'--{boundary[1]}\r\nContent-Disposition: form-data; name="file"; filename="{content.filename}"\r\n'
    )
    size += len(f"{head}Content-Type: {content.content_type}\r\n\r\n\r\n".encode()) + content.size
    return size + len(f"--{boundary[1]}--\r\n")


async def test_clone_voice_streams_nine_megabytes_in_flat_memory(tmp_path: Path) -> None:
    recording = on_disk(tmp_path, 9_000_001)
    async with server(saying(MADE)) as running, real_client(running.origin) as althea:
        await althea.clone_voice(sample=sample(), name="warm up")
        tracemalloc.start()
        await althea.clone_voice(sample=recording, name="Anna", description="Warm", language="de")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    received = running.received[1]
    texts = {"name": "Anna", "description": "Warm", "language": "de"}
    assert received.header("Transfer-Encoding") is None
    assert received.size == int(received.header("Content-Length") or 0)
    assert received.size == multipart_size(received, recording, texts)
    assert peak < 2_000_000
    assert not recording.file.closed
    recording.file.close()


async def test_upload_bytes_arrive_unchanged() -> None:
    content = bytes(range(256)) * 1_000 + b"\r\n--boundary\r\n\0"
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        await althea.clone_voice(sample=sample(content), name="Anna")
    body = recorder.request.content
    start = body.index(b"Content-Type: audio/wav\r\n\r\n") + 27
    assert hashlib.sha256(body[start : start + len(content)]).digest() == hashlib.sha256(content).digest()
    assert body[start + len(content) :].startswith(b"\r\n--")


def parts(request: httpx.Request) -> list[tuple[str, str]]:
    """Return (headers, content) of the parts of a multipart request."""
    boundary = request.headers["Content-Type"].partition("boundary=")[2]
    pieces = request.content.split(f"--{boundary}".encode())[1:-1]
    pairs = [piece.strip(b"\r\n").split(b"\r\n\r\n", 1) for piece in pieces]
    return [(head.decode(), content.decode("utf-8", "replace")) for head, content in pairs]


async def test_the_parts_are_the_contracts_and_no_text_is_empty() -> None:
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        await althea.clone_voice(sample=sample(b"bytes"), name='Ännä "🎙"', language="")
    heads = [head for head, _ in parts(recorder.request)]
    assert heads == [
        'Content-Disposition: form-data; name="name"',
        'Content-Disposition: form-data; name="file"; filename="anna.wav"\r\nContent-Type: audio/wav',
    ]
    assert [content for _, content in parts(recorder.request)] == ['Ännä "🎙"', "bytes"]


async def test_the_language_is_english_unless_told() -> None:
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        await althea.clone_voice(sample=sample(b"bytes"), name="Anna")
    assert ('Content-Disposition: form-data; name="language"', "en") in parts(recorder.request)


async def test_a_name_that_cannot_be_written_is_refused_unsent() -> None:
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        with pytest.raises(InvalidFieldsError):
            await althea.clone_voice(sample=sample(), name="half \ud83d")
        with pytest.raises(InvalidFieldsError):
            await althea.list_voices(search="half \ud83d")
    assert recorder.requests == []


@pytest.mark.parametrize("size", [0, len(WAV) - 1, len(WAV) + 1])
async def test_a_recording_that_changed_on_the_disk_is_not_sent(size: int) -> None:
    changed = SampleFile(file=io.BytesIO(WAV), filename="a.wav", content_type="audio/wav", size=size)
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        with pytest.raises(NotSentError) as caught:
            await althea.clone_voice(sample=changed, name="Anna")
    assert caught.value.permanent
    assert recorder.requests == []


async def test_a_recording_that_cannot_be_read_is_not_sent() -> None:
    closed = sample()
    closed.file.close()
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        with pytest.raises(NotSentError):
            await althea.clone_voice(sample=closed, name="Anna")
    assert recorder.requests == []


class Failing(io.BytesIO):
    """A file on a disk that fails while it is read."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("the disk is gone")


async def test_a_disk_that_fails_in_the_middle_is_an_unknown_outcome() -> None:
    broken = SampleFile(file=Failing(WAV), filename="a.wav", content_type="audio/wav", size=len(WAV))
    async with server(saying(MADE)) as running, real_client(running.origin) as althea:
        with pytest.raises(UnknownOutcomeError):
            await althea.clone_voice(sample=broken, name="Anna")


async def test_a_recording_is_sent_from_its_start_each_time() -> None:
    recording = sample()
    recorder = Recorder(httpx.Response(201, json=VOICE))
    async with client(recorder) as althea:
        for _ in range(2):
            await althea.clone_voice(sample=recording, name="Anna")
    assert [parts(request)[-1] for request in recorder.requests] == [parts(recorder.requests[0])[-1]] * 2


async def test_refusal_during_the_upload_is_read(tmp_path: Path) -> None:
    done = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(413, b'{"detail": "too large"}', Connection="close"))
        await writer.drain()
        while await reader.read(65_536):
            pass  # a server that closed at once would reset the connection and lose its own answer
        writer.close()
        done.set()

    listening = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    recording = on_disk(tmp_path, 3_000_000)
    async with real_client(f"http://127.0.0.1:{port}") as althea:
        with pytest.raises(InvalidFieldsError) as caught:
            await althea.clone_voice(sample=recording, name="Anna")
    assert caught.value.status == 413
    await done.wait()
    recording.file.close()
    listening.close()


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_with_a_voice_is_a_clone(status: int) -> None:
    async with client(Recorder(httpx.Response(status, json=VOICE))) as althea:
        assert (await althea.clone_voice(sample=sample(), name="Anna")).name == "Anna"


@pytest.mark.parametrize("body", [b"", b"<html>ok</html>", b'{"name": "Anna"}', b'{"voiceId": "v"}', b"[]"])
async def test_a_success_without_a_voice_is_garbled(body: bytes) -> None:
    async with client(Recorder(httpx.Response(201, content=body))) as althea:
        with pytest.raises(GarbledAnswerError) as caught:
            await althea.clone_voice(sample=sample(), name="Anna")
    assert isinstance(caught.value, UnknownOutcomeError)
