"""An S3 of a few lines: it keeps objects in memory, and knows what storing, listing and reading them takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

Objects = dict[str, bytes]


def listing(objects: Objects, prefix: str) -> str:
    """The answer to a request for what is in a folder."""
    inner = [name.removeprefix(prefix) for name in sorted(objects) if name.startswith(prefix)]
    folders = sorted({name.partition("/")[0] for name in inner if "/" in name})
    files = [name for name in inner if "/" not in name]
    parts = [f"<CommonPrefixes><Prefix>{escape(prefix + one)}/</Prefix></CommonPrefixes>" for one in folders]
    parts += [f"<Contents><Key>{escape(prefix + one)}</Key><Size>1</Size></Contents>" for one in files]
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(parts)}</ListBucketResult>"


def unchunked(body: bytes) -> bytes:
    """The content of a body in the chunks of AWS."""
    content = b""
    while body:
        head, _, body = body.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if not size:
            break
        content, body = content + body[:size], body[size + 2 :]
    return content


class Handler(BaseHTTPRequestHandler):
    """Answers one request for objects of the server."""

    protocol_version = "HTTP/1.1"
    objects: Objects

    @property
    def key(self) -> str:
        """The object's name, without the bucket."""
        return unquote(urlsplit(self.path).path).split("/", 2)[-1]

    def answer(self, status: int, content: bytes = b"", *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query or "prefix" in query:
            self.answer(200, listing(self.objects, query.get("prefix", [""])[0]).encode())
        elif self.key in self.objects:
            self.answer(200, self.objects[self.key])
        else:
            self.answer(404)

    def do_HEAD(self) -> None:
        content = self.objects.get(self.key)
        self.answer(404 if content is None else 200, length=len(content or b""))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_chunked = "aws-chunked" in self.headers.get("Content-Encoding", "")
        self.objects[self.key] = unchunked(body) if is_chunked else body
        self.answer(200)

    def do_DELETE(self) -> None:
        self.objects.pop(self.key, None)
        self.answer(204, length=0)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def bucket() -> Iterator[tuple[str, Objects]]:
    """The address of a server, and what is in its bucket."""
    objects: Objects = {}
    handler = type("Bucket", (Handler,), {"objects": objects})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", objects
        server.shutdown()
