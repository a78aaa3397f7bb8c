"""An ASGI layer around Django for bodies that do not fit on the disk.

Django's handler writes a body to a temporary file before any middleware or error page exists.
"""

from django.template.loader import render_to_string

from voices.web.guard import App, Message, Receive, Scope, Send
from voices.web.unavailable import DISK_FULL, RETRY_AFTER_SECONDS, is_full


class FullDiskAnswer:
    """An ASGI application that responds with 507 if the wrapped one fails because a disk is full."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; if its body cannot be written, read the rest and respond."""
        body, has_answered = _Body(receive), False

        async def send_on(message: Message) -> None:
            nonlocal has_answered
            has_answered = True
            await send(message)

        try:
            await self._app(scope, body.receive, send_on)
        except OSError as problem:
            if has_answered or not is_full(problem):
                raise
            await body.read_to_end()
            await _answer(send)


class _Body:
    """The body of a request, which knows whether all of it has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_complete = False

    async def receive(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self._is_complete = not message.get("more_body", False)
        return message

    async def read_to_end(self) -> None:
        """Discard the rest of the body: browsers show no response before they have sent everything."""
        while not self._is_complete:
            await self.receive()


async def _answer(send: Send) -> None:
    page = render_to_string("unavailable.html", {"outage": DISK_FULL}).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"retry-after", str(RETRY_AFTER_SECONDS).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": DISK_FULL.status, "headers": headers})
    await send({"type": "http.response.body", "body": page})
