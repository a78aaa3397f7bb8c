"""The liveness probe, answered before anything that could be slow."""

from voices.web.guard.asgi_types import App, Receive, Scope, Send
from voices.web.security_headers import with_security_headers

PATH = "/healthz"


class Liveness:
    """An ASGI layer that answers /healthz itself, for any Host: containers are probed by their own address.

    It needs no session, no database and no page thread, so it answers while all of them are busy.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass any other request on."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await _send(send, 200, b'{"status":"ok"}')
        else:
            await _send(send, 405, b"", (b"allow", b"GET, HEAD"))


async def _send(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    own = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": with_security_headers(own)})
    await send({"type": "http.response.body", "body": body})
