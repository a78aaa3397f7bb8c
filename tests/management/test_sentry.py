"""Sentry gets errors without anything that a request, a person or a local variable says."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.web.canary import CANARY, leaks
from voices.apps import start_error_reports
from voices.management.sentry import start, without_secrets

ROOT = Path(__file__).resolve().parents[2]
CRASH = """
import os, sys
import django
django.setup()
print("sentry_sdk" in sys.modules)
from django.test import Client, override_settings
from django.urls import path
from voices.web.http import stateless

def crash(request, token):
    key = os.environ["CANARY"]
    headers = {"X-API-Key": key}
    try:
        int(key)
    except ValueError as problem:
        raise RuntimeError(f"ada@example.com asked for {request.path}?code=qu3ry and vs_tok3n-of-ada") from problem

urlpatterns = [path("voices/<str:token>/", stateless(crash))]
handler500 = "voices.web.unavailable.failed"
with override_settings(ROOT_URLCONF=__name__, SECURE_SSL_REDIRECT=False):
    answer = Client(raise_request_exception=False).post(
        "/voices/4711/?code=qu3ry", {"key": os.environ["CANARY"], "password": "p4ssw0rd"},
        headers={"Host": "localhost", "Authorization": "Bearer vs_tok3n-of-ada",
                 "Cookie": "sessionid=s3ss10n", "Referer": "/speak/l1nk/"},
    )
print(answer.status_code, answer["X-Request-ID"])
"""


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a project at a Sentry that keeps what it gets."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://public@127.0.0.1:{server.server_port}/1", got
        server.shutdown()
        thread.join()


def crashed(dsn: str) -> list[str]:
    """What a process says in which a view fails: whether Sentry was imported, the answer's status and its id."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.settings", "CANARY": CANARY, "VOICESTUDIO_SENTRY_DSN": dsn}
    done = subprocess.run(
        [sys.executable, "-c", CRASH],
        cwd=ROOT,
        env={**os.environ, **own},
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout.split()


def test_crash_is_reported_without_what_is_private() -> None:
    with receiver() as (dsn, got):
        imported, status, request_id = crashed(dsn)
    assert (imported, status) == ("True", "500")
    [envelope] = got
    event: dict[str, Any] = json.loads(envelope.splitlines()[2])
    cause, error = event["exception"]["values"]
    assert (cause["type"], error["type"]) == ("ValueError", "RuntimeError")
    assert error["value"] == "[hidden] asked for /voices/4711/?[hidden] and [hidden]"
    assert error["stacktrace"]["frames"][-1]["function"] == "crash"
    assert event["tags"] == {"request_id": request_id}
    assert event["message"] == "Internal Server Error: /voices/4711/"
    assert leaks(envelope) == []
    private = ("qu3ry", "p4ssw0rd", "tok3n", "s3ss10n", "l1nk", "ada@", '"vars"', '"request"', '"extra"')
    assert [one for one in private if one in envelope.decode()] == []


def test_sentry_is_not_imported_without_its_address() -> None:
    assert crashed("")[:2] == ["False", "500"]


def test_start_is_refused_where_sentry_is_not_installed() -> None:
    def load(path: str) -> Any:
        raise ImportError(path)

    start_error_reports("", load=load)
    with pytest.raises(ImproperlyConfigured, match="Install the extra sentry"):
        start_error_reports("https://public@sentry.example/1", load=load)


@pytest.mark.parametrize(
    "dsn", ["sentry.example", "https://sentry.example/1", "https://public@sentry.example"]
)
def test_start_is_refused_for_an_address_that_is_none(dsn: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="VOICESTUDIO_SENTRY_DSN"):
        start(dsn)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the key Ab3dEf6h.0123456789012345678901234567abcd", "the key [hidden]"),
        ("GET /speak/abc-123/ failed", "GET /speak/[hidden]/ failed"),
        ("https://studio.example/join/abc/", "https://studio.example/join/[hidden]/"),
        ("/accounts/password/reset/key/3-abc-def/", "/accounts/password/reset/key/[hidden]/"),
        ("postgres://studio:pass@db:5432/studio", "[hidden]"),
        ("{'X-API-Key': 'abc', 'n': 1}", "{'X-API-Key': [hidden], 'n': 1}"),
        ("Authorization: Bearer abc", "Authorization: Bearer [hidden]"),
        ("password=abc", "password=[hidden]"),
        ("no such table: voices_voice", "no such table: voices_voice"),
    ],
)
def test_texts_are_reported_without_secrets(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
