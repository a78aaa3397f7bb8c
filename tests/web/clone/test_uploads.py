"""An upload on its way: hashed as it is written, gone from the temporary folder however the request ends.

The last tests send bodies to the real ASGI application in a uvicorn of its own, over real sockets.
"""

import gc
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import settings as used
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tests.base import Cast
from tests.builders import make_key
from tests.sandbox.live import free_port
from tests.sounds import speech_wav
from tests.web.clone.forms import clone_form
from voices.models import CloneJob, Sample
from voices.web.clone.uploads import received

ROOT = Path(__file__).resolve().parents[3]
BOUNDARY = "a-boundary"


def temporary() -> list[Path]:
    """The files in the folder that uploads are written to."""
    gc.collect()
    return list(Path(used.FILE_UPLOAD_TEMP_DIR).iterdir())


@pytest.fixture(autouse=True)
def clean_folder() -> None:
    for path in temporary():
        path.unlink()


@pytest.fixture
def ed(cast: Cast) -> Client:
    make_key(cast.ed)
    return cast.login(cast.ed)


def part(content: bytes, *, end: bool = True, head: str = "") -> bytes:
    """A multipart body with one file; without its end it is cut off."""
    opening = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n{head}\r\n'
    return opening.encode() + content + (f"\r\n--{BOUNDARY}--\r\n".encode() if end else b"")


def request_with(body: bytes) -> HttpRequest:
    return RequestFactory().generic("POST", "/clone/", body, f"multipart/form-data; boundary={BOUNDARY}")


# --- the handler ---


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 2_000_003])
def test_upload_handler_hashes_and_stores_the_bytes(size: int) -> None:
    content = os.urandom(size)
    request = request_with(part(content))
    file, digest = received(request.FILES["file"])
    assert digest == hashlib.sha256(content).hexdigest()
    assert Path(file.temporary_file_path()).read_bytes() == content
    assert Path(file.temporary_file_path()).stat().st_mode & 0o077 == 0
    request.close()
    assert temporary() == []


def test_two_files_have_each_their_own_hash() -> None:
    pieces = [b"first" * 20_000, b"second" * 20_000]
    files = [SimpleUploadedFile(f"{number}.wav", piece) for number, piece in enumerate(pieces)]
    request = RequestFactory().post("/clone/", {"file": files})
    found = [received(file)[1] for file in request.FILES.getlist("file")]
    assert found == [hashlib.sha256(piece).hexdigest() for piece in pieces]
    request.close()
    assert temporary() == []


def test_other_uploaded_file_is_not_accepted_as_an_upload() -> None:
    with pytest.raises(TypeError):
        received(SimpleUploadedFile("a.wav", b"x"))


# --- the temporary file after the request ---


def send(browser: Client, content: bytes, **fields: str) -> int:
    form = clone_form(browser, file=SimpleUploadedFile("a.wav", content), **fields)
    return browser.post("/clone/", form).status_code


def test_upload_leaves_no_temporary_file_after_success(ed: Client) -> None:
    assert send(ed, speech_wav(seconds=12)) == 303
    assert (CloneJob.objects.count(), temporary()) == (1, [])


@pytest.mark.parametrize("content", [b"", b"GIF89a" + b"\0" * 300_000, speech_wav(seconds=12)[:90_000]])
def test_upload_leaves_no_file_after_a_refused_recording(ed: Client, content: bytes) -> None:
    assert send(ed, content) == 422
    assert (Sample.objects.count(), temporary()) == (0, [])


def test_upload_leaves_no_file_after_a_refused_field(ed: Client) -> None:
    assert send(ed, speech_wav(seconds=12), name="x" * 41) == 422
    assert temporary() == []


def test_upload_leaves_no_file_of_an_unauthorised_person(cast: Cast) -> None:
    content, forged = speech_wav(seconds=12), Client()
    forged.cookies["sessionid"] = "f" * 32
    assert send(forged, content) == 302
    assert send(cast.login(cast.vera), content) == 403
    assert send(cast.login(cast.nora), content) == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.ed.user)
    assert send(strict, content) == 403
    assert (Sample.objects.count(), temporary()) == (0, [])


@pytest.mark.parametrize(
    "body",
    [
        part(b"x" * 300_000, end=False),
        part(b"x" * 300_000) + part(b"y" * 300_000, end=False),
        part(b"!" * 300_001, head="Content-Transfer-Encoding: base64\r\n"),
        part(b"x" * 300_000, end=False) + f"\r\n--{BOUNDARY}\r\n".encode() * 3,
        b"".join(part(b"x" * 100_000, end=False) + b"\r\n" for _ in range(6)),
        b"no multipart at all",
    ],
)
def test_upload_leaves_no_file_of_a_malformed_body(ed: Client, body: bytes) -> None:
    ed.raise_request_exception = False
    answer = ed.generic("POST", "/clone/", body, f"multipart/form-data; boundary={BOUNDARY}")
    assert answer.status_code == 400
    assert b"cut off or damaged on the way" in answer.content
    del answer
    assert (CloneJob.objects.count(), temporary()) == (0, [])


# --- the real application, over sockets ---

SERVER = """
import os, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
import uvicorn
from voicestudio.asgi import application
uvicorn.run(application, port=int(sys.argv[1]), log_level="warning", ws="none")
"""


@dataclass
class Studio:
    """A running web process."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

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
        while self.held() and time.monotonic() < until:
            time.sleep(0.05)
        return self.held()

    def post(self, size: int, *, head: str = "") -> int:
        """The status of an upload of that size; zeros after a multipart head."""
        start = part(b"", end=False)
        lines = f"POST /clone/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n{head}\r\n"
        return self._exchange(lines, start + b"\0" * (size - len(start)))

    def _exchange(self, lines: str, body: bytes) -> int:
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as sock:
            sock.sendall(lines.encode())
            with suppress(OSError):  # refused before all was sent: the answer is there already
                sock.sendall(body)
            return int(sock.recv(4096).split(b" ")[1])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder, port = tmp_path_factory.mktemp("studio"), free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
    env |= {
        "VOICESTUDIO_TEST_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TMPDIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(port, process, folder / "log")
            yield Studio(port=port, folder=folder, process=process)
        finally:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


FORM = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
FORGED = "Cookie: sessionid=ffffffffffffffffffffffffffffffff\r\n"


def test_upload_of_60_mb_is_refused_before_reading(studio: Studio) -> None:
    assert studio.post(60_000_000, head=FORM + FORGED) == 413
    assert studio.wait_until_clean() == []


def test_a_body_without_a_length_is_refused(studio: Studio) -> None:
    lines = f"POST /clone/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{FORM}{FORGED}\r\n"
    assert studio._exchange(lines, b"f4240\r\n" + b"x" * 1_000_000 + b"\r\n") == 411
    assert studio.wait_until_clean() == []


def test_an_upload_without_a_session_is_refused(studio: Studio) -> None:
    assert studio.post(9_000_000, head=FORM) == 403
    assert studio.wait_until_clean() == []


def test_a_forged_session_leaves_nothing_behind(studio: Studio) -> None:
    for head in (FORM + FORGED, FORM + FORGED + "HX-Request: true\r\n"):
        assert studio.post(9_000_000, head=head) == 403
        assert studio.wait_until_clean() == []


def test_upload_cut_off_midway_leaves_no_file(studio: Studio) -> None:
    lines = f"POST /clone/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n{FORM}{FORGED}\r\n"
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", studio.port), timeout=120) as sock:
            sock.sendall(lines.encode() + part(b"\0" * 3_000_000, end=False))
            time.sleep(0.1)
    assert studio.wait_until_clean() == []


def test_upload_closed_before_the_response_leaves_no_file(studio: Studio) -> None:
    body = part(b"\0" * 3_000_000)
    lines = f"POST /clone/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{FORM}{FORGED}\r\n"
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", studio.port), timeout=120) as sock:
            sock.sendall(lines.encode() + body)
    assert studio.wait_until_clean() == []
