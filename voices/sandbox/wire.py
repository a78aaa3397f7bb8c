"""The raw connection below a request, for responses that are not HTTP.

ASGI cannot cut a header in half or reset a connection. uvicorn's `send` is a method of the object that has the
transport (in both its HTTP implementations, 0.54), so the transport is taken from there. The alternative, a proxy
process in front, would need a second port and could not know what was committed. With a transport
without sockets (httpx.ASGITransport) these effects raise `NoWireError`.
"""

import asyncio
import socket
import struct
from http import HTTPStatus

from voices.sandbox.messages import Receive, Response, Send

STEP_SECONDS = 0.1
BUFFERED = 262_144


class NoWireError(RuntimeError):
    """The request has no socket."""


class Wire:
    """Writes raw bytes and ends the connection."""

    def __init__(self, send: Send, receive: Receive) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is None:
            raise NoWireError("this fault needs a real connection: run the sandbox under uvicorn")
        self._transport: asyncio.WriteTransport = transport
        self._receive = receive

    def write(self, raw: bytes) -> None:
        """Send raw bytes."""
        self._transport.write(raw)

    async def close(self) -> None:
        """Close in order: written bytes arrive, then FIN."""
        self._transport.close()
        await self.gone()

    async def reset(self) -> None:
        """Reset the connection: linger 0 turns the close into RST."""
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self.gone()

    async def gone(self, seconds: float | None = None) -> None:
        """Wait until the client disconnects, discarding input; at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return

    async def drip(self, raw: bytes, *, rate: float) -> None:
        """Send `rate` bytes a second until all are sent or the client leaves."""
        step = max(1, round(rate * STEP_SECONDS))
        for at in range(0, len(raw), step):
            if self._transport.is_closing():
                return
            self._transport.write(raw[at : at + step])
            await asyncio.sleep(step / rate)

    async def repeat(self, raw: bytes, *, size: int) -> None:
        """Send the same bytes again and again until `size` are sent or the client leaves."""
        piece = raw * max(1, BUFFERED // len(raw) // 4)
        sent = 0
        while sent < size and not self._transport.is_closing():
            if self._transport.get_write_buffer_size() > BUFFERED:
                await asyncio.sleep(0.01)
                continue
            self._transport.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)


def raw_head(response: Response, *, with_length: bool = True) -> bytes:
    """Return status line and headers of a response as raw bytes."""
    phrase = HTTPStatus(response.status).phrase if response.status in list(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}".encode()]
    headers = [pair for pair in response.header_list() if with_length or pair[0] != b"content-length"]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"connection: close", b"", b""])
