"""The real web process under what strangers send, over real sockets: it answers, stays small, and stores nothing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import loopback
from tests.migrated import copy_migrated
from tests.running_studio import resident_mb
from tests.sandbox.live import free_port
from voices.kit.open_files import raise_open_files

pytestmark = pytest.mark.any_database  # what the server does before a page, and without a query

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import os, sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
from django.test import Client
from voices.models import User
browser = Client()
browser.force_login(User.objects.create_user("ada@example.com"))
Path(sys.argv[2]).write_text(browser.cookies["sessionid"].value)
import uvicorn
from voicestudio.asgi import application
http = "voices.web.guard.protocol:http_protocol"
uvicorn.run(application, port=int(sys.argv[1]), log_level="warning", ws="none", http=http, proxy_headers=False)
"""
MULTIPART = "Content-Type: multipart/form-data; boundary=x\r\n"
FORGED = f"{MULTIPART}Cookie: sessionid={'f' * 32}\r\n"
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
MAX_GROWTH_MB = 40


@dataclass
class Web:
    """A running web process, and the session of a person who is logged in."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def session(self) -> str:
        """The header lines of an upload by that person."""
        return f"{MULTIPART}Cookie: sessionid={(self.folder / 'session').read_text()}\r\n"

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return (self.folder / "log").read_text()

    def held(self) -> list[str]:
        """Temporary files of uploads, also those that have no name any more, as the process holds them."""
        named = [str(path) for path in (self.folder / "tmp").iterdir()]
        open_files = [
            str(one.readlink()) for one in Path(f"/proc/{self.process.pid}/fd").iterdir() if one.is_symlink()
        ]
        return named + [
            one for one in open_files if str(self.folder) in one and "/sqlite" not in one and "deleted" in one
        ]

    def wait_until_clean(self) -> list[str]:
        """What is still held after 30 seconds at most; a clean folder is noticed at once."""
        until = time.monotonic() + 30
        while (held := self.held()) and time.monotonic() < until:
            time.sleep(0.05)
        return held

    def wait_for_lines(self, count: int, *, after: str) -> None:
        """Wait until so many lines were written after that log."""
        until = time.monotonic() + 60
        while self.log.removeprefix(after).count("\n") < count and time.monotonic() < until:
            time.sleep(0.05)

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Open a connection, and send."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        sock.sendall(sent)
        return sock

    def status(self, lines: str, body: bytes = b"") -> int:
        """The status of an answer, 0 without one."""
        with self.connect(lines.encode()) as sock:
            with suppress(OSError):  # refused before all was sent: the answer is there already
                sock.sendall(body)
            return int(sock.recv(4096)[9:12] or 0)

    def is_alive(self) -> bool:
        """Whether /healthz answers a new connection."""
        return self.status("GET /healthz HTTP/1.1\r\nHost: 10.0.0.1\r\nConnection: close\r\n\r\n") == 200

    @contextmanager
    def grows_little(self) -> Iterator[None]:
        """Check that the block leaves the process small and stores nothing."""
        before = resident_mb(self.process.pid)
        yield
        assert resident_mb(self.process.pid) - before <= MAX_GROWTH_MB
        assert self.wait_until_clean() == []


def post(path: str, size: int, head: str) -> str:
    """The head of a request with a body."""
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n{head}\r\n"


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web process of its own."""
    raise_open_files()
    folder, port = tmp_path_factory.mktemp("web"), free_port()
    copy_migrated(folder)
    env = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
    env |= {
        "VOICESTUDIO_TEST_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port), str(folder / "session")],
            cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(port, process, folder / "log")
            yield Web(port=port, folder=folder, process=process)
        finally:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            if loopback.get(f"http://127.0.0.1:{port}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


# --- the log; first, while no other request is under way ---


def test_strangers_form_in_utf_7_is_one_line_of_log(web: Web) -> None:
    before = web.log
    form = "Content-Type: application/x-www-form-urlencoded; charset=utf-7\r\nCookie: csrftoken=x\r\n"
    assert web.status(post("/accounts/login/", 4, form), b"a=+b") == 415
    assert web.log.removeprefix(before).count("\n") == 1


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400),
        ("GET /?q=%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", 302),
        ("GET /?q=\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (post("/accounts/login/", 0, FORM), 403),
    ],
)
def test_refusal_by_django_is_one_line_of_log(web: Web, lines: str, status: int) -> None:
    before = web.log
    with web.connect(lines.encode("latin-1")) as sock:
        answer = sock.recv(65_536)
    assert int(answer[9:12]) == status
    assert b"content-security-policy: " in answer
    assert web.log.removeprefix(before).count("\n") == (1 if status >= 400 else 0)


# --- bodies ---


@pytest.mark.parametrize(
    ("size", "head", "status"),
    [
        (60_000_000, FORGED, 413),
        (9_000_000, MULTIPART, 403),
        (9_000_000, FORGED, 403),
        (9_000_000, f"{FORGED}HX-Request: true\r\n", 401),
    ],
)
def test_refused_upload_stores_nothing(web: Web, size: int, head: str, status: int) -> None:
    with web.grows_little():
        assert web.status(post("/clone/", size, head), FILE + b"\0" * (size - len(FILE))) == status


def test_a_body_without_a_length_is_refused(web: Web) -> None:
    lines = f"POST /clone/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{web.session}\r\n"
    with web.grows_little():
        assert web.status(lines, b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n") == 411


def test_upload_cut_off_midway_leaves_no_file(web: Web) -> None:
    for _ in range(3):
        with web.connect(post("/clone/", 9_000_000, web.session).encode() + FILE + b"\0" * 3_000_000):
            time.sleep(0.1)
    assert web.wait_until_clean() == []


def test_upload_closed_before_the_response_leaves_no_file(web: Web) -> None:
    body, before = FILE + b"\0" * 3_000_000 + b"\r\n--x--\r\n", web.log
    # With this cookie Django looks for the form's token, and so parses the form.
    head = web.session.replace("Cookie: ", f"Cookie: csrftoken={'c' * 32}; ")
    for _ in range(3):
        with web.connect(post("/clone/", len(body), head).encode() + body):
            pass
    web.wait_for_lines(3, after=before)
    assert web.log.count("CSRF token missing") >= 3
    assert web.wait_until_clean() == []


# --- headers and connections ---


def test_a_header_of_300_mb_is_refused_at_once(web: Web) -> None:
    with web.grows_little():
        for _ in range(3):
            sent = 0
            with web.connect(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ") as sock, suppress(OSError):
                while sent < 300_000_000:
                    sock.sendall(b"a" * 1_000_000)
                    sent += 1_000_000
            assert sent < 50_000_000  # what the kernel takes before it hears of the end
        assert web.is_alive()


def test_thousands_of_strangers_do_not_silence_the_web(web: Web) -> None:
    slow_header = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a"
    slow_body = post("/accounts/login/", 10_000, FORM).encode() + b"a=" + b"a" * 1_000
    with web.grows_little(), ExitStack() as strangers:
        for sent, count in ((b"", 3_000), (slow_header, 500), (slow_body, 500)):
            for _ in range(count):
                strangers.enter_context(web.connect(sent))
        assert [web.is_alive() for _ in range(100)] == [True] * 100
