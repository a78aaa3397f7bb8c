"""A program of somebody else's that takes webhooks, on a socket of this machine: it answers what a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Reply:
    """One answer. With `hangs` there is none until the receiver is closed."""

    status: int = 200
    body: bytes = b"thanks"
    location: str = ""
    hangs: bool = False


@dataclass
class Receiver:
    """What came in, and the answers to come; the last one stays."""

    url: str = ""
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        """The id of each message."""
        return [headers["webhook-id"] for headers, _ in self.requests]

    def verified(self, secret: str, number: int = -1) -> object:
        """Return a message as a receiver's program reads it. Raise WebhookVerificationError."""
        headers, body = self.requests[number]
        return Webhook(secret).verify(body, headers)

    def accepts(self, secret: str, number: int = -1) -> bool:
        """Whether a receiver with that secret takes the message for genuine."""
        try:
            self.verified(secret, number)
        except WebhookVerificationError:
            return False
        return True


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(({name.lower(): text for name, text in self.headers.items()}, body))
            reply = receiver.replies.pop(0) if len(receiver.replies) > 1 else receiver.replies[0]
            if reply.hangs:
                receiver.closed.wait(30)
                return
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self._write(reply.body)

        def _write(self, body: bytes) -> None:
            try:
                self.wfile.write(body)
            except OSError:
                return  # whoever asked has read enough

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    try:
        yield receiver
    finally:
        receiver.closed.set()
        server.shutdown()
        thread.join()
        server.server_close()
