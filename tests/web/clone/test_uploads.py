"""An upload on its way: hashed as it is written, gone from the temporary folder however the request ends."""

import gc
import hashlib
import os
from pathlib import Path

import pytest
from django.conf import settings as used
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tests.base import Cast
from tests.builders import make_key
from tests.sounds import speech_wav
from tests.web.clone.forms import clone_form
from voices.models import CloneJob, Sample
from voices.web.clone.uploads import received

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
