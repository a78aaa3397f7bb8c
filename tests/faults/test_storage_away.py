"""A storage that is full, hangs, refuses or has lost a file: one sentence, nothing half, and a way on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.config import Config
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_key, make_preview, make_voice
from tests.faults.answers import detail
from tests.faults.disks import small_disk
from tests.faults.sockets import answering, hanging
from tests.sandbox.live import free_port
from tests.sounds import speech_wav
from voices.actions.files import MissingFileError, StorageError, read_file, write_file
from voices.actions.s3 import DEADLINES, S3
from voices.models import FileIntent, PreviewFile, PreviewState, Sample
from voices.web.guard import Guard, Receive, Scope, Send
from voices.web.spooling import FullDiskAnswer

GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
HEAD = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "1"\r\n\r\n'


def browser(cast: Cast) -> Client:
    client = cast.login(cast.ed)
    client.raise_request_exception = False
    return client


def clone(client: Client, key: Any) -> Any:
    page = client.get("/clone/")
    form = {
        "form_token": page.context["form_token"], "name": "Marlene", "language": "en", "key": str(key.pk),
        "consent": "own", "statement": "en.1", "agreed": "on", "complete": "1",
        "file": SimpleUploadedFile("speech.wav", speech_wav(12)),
    }  # fmt: skip
    return client.post("/clone/", form)


# --- a disk that is full ---


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """The files of voices are on a disk of 200 kB; a recording of 12 s has 384 kB."""
    with small_disk(tmp_path / "small") as storage:
        settings.STORAGES = settings.STORAGES | {"default": storage}
        yield tmp_path / "small"


def test_recording_on_a_full_disk_is_507_and_leaves_nothing(small: Path, cast: Cast) -> None:
    ed, key = browser(cast), make_key(cast.ed)
    answer = clone(ed, key)
    assert (answer.status_code, answer["Retry-After"]) == (507, "5")
    assert "no disk space left" in answer.content.decode()
    assert (Sample.objects.count(), [path for path in small.rglob("*") if path.is_file()]) == (0, [])


def test_readiness_is_red_on_a_disk_that_is_nearly_full(small: Path, db: None, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "MB of disk space are left" in answer.content.decode()


@pytest.mark.parametrize(("megabytes", "status"), [(0, 200), (10**9, 503)])
def test_reserve_of_disk_space_is_a_setting(
    settings: Settings, db: None, client: Client, megabytes: int, status: int
) -> None:
    settings.MIN_FREE_MB = megabytes
    assert client.get("/readyz").status_code == status


def test_readiness_is_red_when_the_folder_cannot_be_written(
    settings: Settings, db: None, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    options = {"location": str(tmp_path / "file" / "files")}
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": options}}
    answer = client.get("/readyz")
    assert (answer.status_code, detail(answer, "storage")) == (
        503,
        "the folder files cannot be written to (Not a directory)",
    )


async def spool_to_a_full_disk(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for Django, which writes bodies to disk first."""
    await receive()
    raise OSError(28, "No space left on device")


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    raise PermissionError(13, "Permission denied")


async def is_live(session: str) -> bool:
    return True


async def test_body_that_finds_no_room_on_disk_is_507() -> None:
    app = Guard(FullDiskAnswer(spool_to_a_full_disk), session_cookie="sessionid", is_live=is_live)
    facts = {"base_url": "http://studio", "cookies": {"sessionid": "live"}}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), **facts) as client:
        answer = await client.post("/anywhere/", content=b"x" * 500_000)
    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "5")
    assert "no disk space left" in answer.text
    assert "default-src" in answer.headers["Content-Security-Policy"]


async def test_other_errors_of_files_stay_errors() -> None:
    transport = httpx.ASGITransport(FullDiskAnswer(fail))
    async with httpx.AsyncClient(transport=transport, base_url="http://studio") as client:
        with pytest.raises(PermissionError):
            await client.post("/anywhere/", content=b"x")


# --- a file that is lost ---


def test_lost_preview_is_fetched_again_by_playing_it(cast: Cast) -> None:
    voice, ed = make_voice(cast.ed), browser(cast)
    preview = make_preview(voice)
    Path(preview.file.path).unlink()
    answer = ed.get(f"/voices/{voice.pk}/audio/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "This preview is being fetched again" in answer.content.decode()
    assert PreviewFile.objects.get().state == PreviewState.WAITING
    assert "Fetching the preview" in ed.get(f"/voices/{voice.pk}/player/").content.decode()


def test_shortened_preview_is_fetched_again(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    preview = make_preview(voice)
    Path(preview.file.path).write_bytes(b"RIFF")
    assert browser(cast).get(f"/voices/{voice.pk}/audio/").status_code == 503
    assert PreviewFile.objects.get().state == PreviewState.WAITING


def test_lost_recording_is_stored_again_when_it_is_chosen_again(cast: Cast) -> None:
    ed, key = browser(cast), make_key(cast.ed)
    assert clone(ed, key).status_code == 303
    sample = Sample.objects.get()
    Path(sample.file.path).unlink()
    cast.ed.user.clone_jobs.all().delete()
    assert clone(ed, key).status_code == 303
    restored = Sample.objects.get()
    assert restored.pk == sample.pk
    assert read_file(restored.file, start=0, length=384_044) == speech_wav(12)
    assert not FileIntent.objects.exists()


# --- S3 ---


def s3(port: int) -> S3:
    """S3 at this port, with less patience than in life."""
    storage = S3(
        bucket_name="voices", endpoint_url=f"http://127.0.0.1:{port}", access_key="a", secret_key="s"
    )
    short = Config(read_timeout=0.1, retries={"total_max_attempts": 1})
    storage.client_config = storage.client_config.merge(short)
    return storage


def use_s3(settings: Settings, port: int) -> None:
    options = {
        "bucket_name": "voices", "endpoint_url": f"http://127.0.0.1:{port}", "access_key": "a", "secret_key": "s",
        "client_config": Config(), "default_acl": None,
    }  # fmt: skip
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "voices.actions.s3.S3", "OPTIONS": options}
    }


def test_calls_to_s3_end_within_ten_seconds() -> None:
    assert DEADLINES.retries == {"total_max_attempts": 2, "mode": "standard"}
    assert DEADLINES.connect_timeout + DEADLINES.read_timeout <= 8
    assert 2 * DEADLINES.read_timeout <= 9


@pytest.mark.parametrize("call", [S3.open, S3.exists, S3.delete])
def test_s3_that_hangs_is_an_os_error(call: Any) -> None:
    with hanging() as port, pytest.raises(OSError, match="S3: Read timeout"):
        call(s3(port), "previews/1.wav")


def test_s3_without_the_file_is_a_missing_file() -> None:
    with answering(lambda _: GONE) as port, pytest.raises(FileNotFoundError):
        s3(port).open("previews/1.wav")


def test_s3_that_fails_is_an_os_error() -> None:
    with answering(lambda _: BROKEN) as port, pytest.raises(OSError, match="S3: An error occurred"):
        s3(port).save("previews/1.wav", ContentFile(b"RIFF"))


def test_s3_that_stops_within_a_body_is_an_os_error() -> None:
    with (
        answering(lambda head: HEAD + b"RIFF" * head.startswith(b"GET")) as port,
        pytest.raises(OSError, match="S3"),
    ):
        s3(port).open("previews/1.wav")


def test_preview_in_an_s3_that_is_away_is_503(settings: Settings, cast: Cast) -> None:
    voice = make_voice(cast.ed)
    make_preview(voice)
    use_s3(settings, free_port())
    answer = browser(cast).get(f"/voices/{voice.pk}/audio/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The file storage doesn&#x27;t respond" in answer.content.decode()
    assert PreviewFile.objects.get().state == PreviewState.READY


def test_recording_for_an_s3_that_is_away_leaves_no_row(settings: Settings, cast: Cast) -> None:
    ed, key = browser(cast), make_key(cast.ed)
    use_s3(settings, free_port())
    assert clone(ed, key).status_code == 503
    assert not Sample.objects.exists()


def test_storage_errors_keep_their_cause(settings: Settings, cast: Cast, small: Path) -> None:
    with pytest.raises(StorageError) as caught:
        write_file("previews/large.wav", ContentFile(b"x" * 400_000))
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(MissingFileError):
        read_file(make_voice_without_file(cast), start=0, length=1)


def make_voice_without_file(cast: Cast) -> Any:
    row = PreviewFile(voice=make_voice(cast.ed))
    row.file = "previews/nowhere.wav"
    return row.file
