"""Requests with a streamed body, and responses as plain data.

A response is data, not a call to `send`, so that a fault can truncate, slow down or replace it (faults.py).
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[str, str], ...]

JSON_LIMIT = 2_621_440  # what Django reads into memory at most (DATA_UPLOAD_MAX_MEMORY_SIZE)
PORT = re.compile(r":\d*$")
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")


class ApiError(Exception):
    """An error response with the body that Django REST framework would send."""

    def __init__(self, status: int, body: object, headers: Headers = ()) -> None:
        super().__init__(f"{status} {body!r}")
        self.status = status
        self.body = body
        self.headers = headers


class ClientGoneError(Exception):
    """The client closed the connection before its request was read."""


@dataclass(frozen=True)
class Response:
    """A complete response."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = ()

    def header_list(self) -> list[tuple[bytes, bytes]]:
        """Return all headers as sent, Content-Length included."""
        pairs = list(self.headers)
        if self.content_type is not None:
            pairs.append(("content-type", self.content_type))
        if self.status != 204:
            pairs.append(("content-length", str(len(self.body))))
        return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def json_response(value: object, status: int = 200, headers: Headers = ()) -> Response:
    """Return a response with a JSON body in UTF-8."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, body, "application/json", headers)


def error_response(error: ApiError) -> Response:
    """Return the response for an ApiError."""
    return json_response(error.body, error.status, error.headers)


async def _no_pause() -> None:
    return None


@dataclass
class Request:
    """A request whose body is read once, as a stream."""

    scope: Scope
    receive: Receive
    pause: Callable[[], Awaitable[None]] = _no_pause  # awaited once, between the last body byte and the work
    late_seconds: float = 0.0  # voices made by this request are hidden from lists for this long
    key_prefix: str = ""
    committed: list[str] = field(default_factory=list)
    body_bytes: int = 0
    _complete: bool = False
    _ready: bool = False

    @property
    def method(self) -> str:
        """The method in upper case."""
        return str(self.scope["method"]).upper()

    @property
    def path(self) -> str:
        """The percent-decoded path."""
        return str(self.scope["path"])

    def header(self, name: str) -> str | None:
        """Return the first header of that lower-case name, or None."""
        wanted = name.encode("latin-1")
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted), None)

    def query(self) -> list[tuple[str, str]]:
        """Return the query's (name, value) pairs in order, with empty values."""
        raw = bytes(self.scope.get("query_string", b"")).decode("latin-1")
        return parse_qsl(raw, keep_blank_values=True, max_num_fields=1000)

    @property
    def host_name(self) -> str:
        """The host that the client asked for, without its port; "" without a Host header."""
        host = self.header("host") or ""
        return host.rpartition(":")[0] if PORT.search(host) else host

    @property
    def origin(self) -> str:
        """Scheme and host that the client used: the base of absolute URLs in responses."""
        host = self.header("host") or ""
        if not HOST.fullmatch(host):
            server = self.scope.get("server") or ("127.0.0.1", None)
            host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
        return f"{self.scope.get('scheme', 'http')}://{host}"

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body's chunks as they arrive. Raise ClientGoneError if the client disconnects."""
        while not self._complete:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            self._complete = not message.get("more_body", False)
            piece = bytes(message.get("body", b""))
            self.body_bytes += len(piece)
            if piece:
                yield piece

    async def drain(self) -> None:
        """Read and discard the rest of the body: a client that is still uploading would miss the response."""
        async for _ in self.stream():
            pass

    async def ready(self) -> None:
        """Run the scripted delay, if any. Await this after reading the body and before changing anything."""
        if not self._ready:
            self._ready = True
            await self.pause()

    async def read(self, limit: int = JSON_LIMIT) -> bytes:
        """Return the whole body. Raise ApiError 413 if it is longer than `limit`."""
        pieces: list[bytes] = []
        async for piece in self.stream():
            if self.body_bytes <= limit:
                pieces.append(piece)
        await self.ready()
        if self.body_bytes > limit:
            raise ApiError(413, {"detail": "Request body too large."})
        return b"".join(pieces)

    async def json(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raise ApiError as DRF would."""
        media_type = (self.header("content-type") or "").split(";")[0].strip().lower()
        if media_type != "application/json":
            await self.drain()
            raise unsupported(self.header("content-type") or "")
        return _parse_object(await self.read())


def unsupported(content_type: str) -> ApiError:
    """Return 415 in DRF's wording."""
    return ApiError(415, {"detail": f'Unsupported media type "{content_type}" in request.'})


def _parse_object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise ApiError(400, {"detail": f"JSON parse error - {exc}"}) from exc
    if not isinstance(value, dict):
        kind = type(value).__name__
        message = f"Invalid data. Expected a dictionary, but got {kind}."
        raise ApiError(400, {"non_field_errors": [message]})
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")
