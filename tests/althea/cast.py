"""The client under test over a fake transport: a key, a voice, and handlers that answer what a test says."""

import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from voices.althea import AltheaClient, SampleFile, new_http
from voices.kit.secret import Secret

# The fictional key of Althea's own documentation.
KEY = "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"
BASE = "https://app.altheastudio.ai"
NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
VOICE_ID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
VOICE = {"voiceId": VOICE_ID, "name": "Anna", "ownership": "private"}
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00"

Handler = Callable[[httpx.Request], httpx.Response]


async def public(host: str) -> Sequence[str]:
    """Resolve every host to one public address."""
    return ("142.250.74.48",)


@asynccontextmanager
async def client(handler: Handler, **changes: Any) -> AsyncIterator[AltheaClient]:
    """Open a client whose requests go to the handler instead of a network."""
    async with new_http(transport=httpx.MockTransport(handler)) as http:
        facts = {"base_url": BASE, "key": Secret(KEY), "resolve": public, "now": lambda: NOW}
        yield AltheaClient(http=http, **{**facts, **changes})


class Recorder:
    """A handler that gives the answers one after the other (the last for ever) and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def request(self) -> httpx.Request:
        assert len(self.requests) == 1, [str(request.url) for request in self.requests]
        return self.requests[0]


def page(*voices: Any, next_url: str | None = None) -> httpx.Response:
    """Answer with one page of voices."""
    body = {"next": next_url, "previous": None, "results": list(voices), "total": len(voices)}
    return httpx.Response(200, json=body)


def sample(content: bytes = WAV) -> SampleFile:
    """Make a recording to clone."""
    return SampleFile(
        file=io.BytesIO(content), filename="anna.wav", content_type="audio/wav", size=len(content)
    )
