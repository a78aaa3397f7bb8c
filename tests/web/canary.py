"""A key that must not be seen again, a stand-in for Althea that quotes it, and the many forms it could hide in."""

import base64
import html
import io
import json
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, quote_plus

import pytest
from django.conf import settings

# Joined, so that no source line in a report holds it. What may be shown is the prefix and the last 4.
CANARY = ".".join(("Cn4ryK3y", "+".join(("S3cretB0dy", "that/must=never&leak<9>"))))
OTHER = ".".join(("0therK3y", "+".join(("An0therB0dy", "that/must=never&leak<8>"))))
HIDDEN = tuple(key[9:-4] for key in (CANARY, OTHER))


def _base64_forms(text: str) -> Iterator[str]:
    # Three alignments: base64 of a text inside a longer one depends on where it begins.
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + text.encode()).decode()
        inner = coded[4 : len(coded) // 4 * 4 - 4]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))


def forms(text: str) -> set[str]:
    """The text raw, escaped for HTML, URLs and JSON, and in base64."""
    escaped = {text, html.escape(text), quote(text), quote(text, safe=""), quote_plus(text), repr(text)[1:-1]}
    unicoded = text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")
    return escaped | {unicoded, unicoded.lower(), json.dumps(text)[1:-1], *_base64_forms(text)}


FORMS = frozenset(form for hidden in HIDDEN for form in forms(hidden))


def leaks(text: str | bytes) -> list[str]:
    """The forms of the keys that are found in the text."""
    shown = text.decode("latin-1") if isinstance(text, bytes) else text
    return [form for form in FORMS if form in shown]


class Upstream:
    """Answers `GET /api/accounts/me`: an account by key, or a refusal that quotes the key."""

    def __init__(self) -> None:
        self.accounts = {CANARY: "first", OTHER: "second"}
        self.refused: set[str] = set()
        self.seen: list[str | None] = []
        self.knows_all = False

    def answer(self, key: str | None) -> tuple[int, dict[str, object]]:
        """Status and JSON body for a request with that key."""
        self.seen.append(key)
        if key is not None and self.knows_all:
            self.accounts.setdefault(key, key[:8])
        if key is None or key in self.refused or key not in self.accounts:
            return 403, {"detail": f"Invalid API key {key}", "key": [f"{key} is not known"]}
        return 200, {"accountId": self.accounts[key], "name": "Northwind voices", "allowedVoices": 9}


@contextmanager
def serving(upstream: Upstream) -> Iterator[str]:
    """The address of that stand-in, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = upstream.answer(self.headers["X-API-Key"])
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Silent: what the stand-in writes is no log of ours."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Once(logging.Filter):
    """Lets each message pass once: templates say the same of a variable that is not there many times a page."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is new."""
        line = record.getMessage()
        is_new = line not in self._seen
        self._seen.add(line)
        return is_new


@contextmanager
def every_log() -> Iterator[io.StringIO]:
    """All that any logger says at DEBUG, with tracebacks: with its arguments, and in both formats of the settings."""
    told = io.StringIO()
    handlers = [logging.StreamHandler(told) for _ in range(3)]
    handlers[0].setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)r"))
    configured = logging.config.DictConfigurator(dict(settings.LOGGING))
    for handler, form in zip(handlers[1:], ("text", "json"), strict=True):
        handler.setFormatter(configured.configure_formatter(dict(settings.LOGGING["formatters"][form])))
    # At the logger: pytest's own two handlers write every traceback too, which took a quarter of the longest test.
    templates, once = logging.getLogger("django.template"), Once()
    templates.addFilter(once)
    names = ["", *(name for name in logging.root.manager.loggerDict)]
    loggers = [logging.getLogger(name) for name in names]
    levels = [(one, one.level) for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        if not one.propagate or one is logging.root:
            for handler in handlers:
                one.addHandler(handler)
    try:
        yield told
    finally:
        templates.removeFilter(once)
        for one, level in levels:
            one.setLevel(level)
            for handler in handlers:
                one.removeHandler(handler)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Every log of the test."""
    with every_log() as told:
        yield told
