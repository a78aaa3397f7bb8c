"""`manage.py serve` over real processes: what it says when it cannot start, and that it starts and stops whole."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from tests import loopback
from tests.base import Cast
from tests.running_studio import await_answer, new_studio, stop
from tests.sandbox.live import free_port
from voices.kit.sealing import make_key
from voices.management.bootstrap import collect_static, require_writable
from voices.management.commands.serve import ready_line
from voices.management.ports import holder_of, require_free_port
from voices.management.processes import link

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300.0


@dataclass
class Place:
    """A data folder and two ports of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)

    def environment(self, **own: str) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
        plain.pop("DJANGO_SETTINGS_MODULE", None)
        ours = {
            "DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "SANDBOX": "on",
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        return plain | {f"VOICESTUDIO_{name}": value for name, value in (ours | own).items()}

    @contextmanager
    def serving(self, **own: str) -> Iterator["Served"]:
        """A running `serve`; killed at the end if the test did not stop it."""
        command = [sys.executable, "manage.py", "serve"]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.environment(**own), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                yield Served(process)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=SECONDS)

    def refusal(self, **own: str) -> str:
        """The one line of a `serve` that does not start; it must be a sentence and the exit code not 0."""
        with self.serving(**own) as served:
            output, _ = served.process.communicate(timeout=SECONDS)
        assert served.process.returncode == 1, output
        assert output.startswith("Voice Studio cannot start: "), output
        assert output.count("\n") == 1, output
        return output


@dataclass
class Served:
    """A `serve` and what was seen of it."""

    process: subprocess.Popen[str]

    def ready(self) -> str:
        """The first line printed, which must be the one that says it is ready."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("Voice Studio is ready: "), line + (self.process.stdout.read() or "")
        return line

    def line(self) -> str:
        """The next line printed."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def end(self) -> str:
        """The lines until it has ended, with all of its processes."""
        output, _ = self.process.communicate(timeout=SECONDS)
        return output


def tree(pid: int) -> list[int]:
    """The processes below that one."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    return [one for child in map(int, text.split()) for one in (child, *tree(child))]


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


def find_child(pid: int, argument: bytes) -> int:
    """The process that a `serve` has started with that argument."""
    lines = {one: Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0") for one in tree(pid)}
    return next(one for one, line in lines.items() if argument in line)


def await_ended(pids: list[int]) -> list[int]:
    """Those that still run after a while; the parent's end and that of its children are not one event."""
    limit = time.monotonic() + 30
    while (left := [pid for pid in pids if is_running(pid)]) and time.monotonic() < limit:
        time.sleep(0.05)
    return left


@dataclass
class FirstStart:
    """A place that was served once, from an empty folder, and what was seen of that."""

    place: Place
    line: str
    answers: list[tuple[int, bool]]
    left_over: list[int]
    exit_code: int | None


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """The only start that makes database and static files, which takes most of its time; and a stop by SIGTERM."""
    place = Place(tmp_path_factory.mktemp("served"))
    with place.serving() as served:
        line = served.ready()
        with loopback.client(timeout=30) as browser:
            urls = (line.split()[4], f"http://127.0.0.1:{place.sandbox_port}/_sandbox/health")
            answers = [(page.status_code, "server" in page.headers) for page in map(browser.get, urls)]
        processes = tree(served.process.pid)
        served.process.send_signal(signal.SIGTERM)
        served.end()
    return FirstStart(place, line, answers, await_ended(processes), served.process.returncode)


@pytest.fixture(scope="module")
def place(first_start: FirstStart) -> Place:
    """That place, whose database and static files stand."""
    return first_start.place


def test_serve_starts_from_an_empty_folder_and_exits_with_0(first_start: FirstStart) -> None:
    told = r"Voice Studio is ready: http://\S+/setup/\S+/ \(create the first admin\)\n"
    assert re.fullmatch(told, first_start.line), first_start.line
    assert first_start.answers[0] == (200, False)
    assert first_start.answers[1][0] == 200
    assert (first_start.exit_code, first_start.left_over) == (0, [])


def test_serve_makes_files_for_its_own_user_only(place: Place) -> None:
    public = place.folder / "static"
    made = [path for path in place.folder.rglob("*") if public not in {path, *path.parents}]
    assert {"voicestudio.sqlite3", "secrets", "enc.key", "sandbox"} <= {path.name for path in made}
    assert [(path, oct(path.stat().st_mode)) for path in made if path.stat().st_mode & 0o077] == []


def test_serve_restarts_a_program_and_leaves_none_when_killed(place: Place) -> None:
    with place.serving() as served:
        served.ready()
        web = find_child(served.process.pid, b"voicestudio.asgi:application")
        os.kill(find_child(served.process.pid, b"voices.sandbox.app:app_from_env"), signal.SIGKILL)
        assert served.line() == "sandbox ended unexpectedly (killed by SIGKILL); restarting it in 1 s.\n"
        assert loopback.get(f"http://127.0.0.1:{place.port}/healthz").json() == {"status": "ok"}
        assert served.line() == "sandbox is running again.\n"
        assert loopback.get(f"http://127.0.0.1:{place.sandbox_port}/_sandbox/health").is_success
        processes = tree(served.process.pid)
        assert web in processes
        served.process.kill()
        served.end()
    assert await_ended(processes) == []
    for port in (place.port, place.sandbox_port):
        require_free_port(host="127.0.0.1", port=port, variable="VOICESTUDIO_PORT")


def test_killed_program_takes_its_audio_children_along(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF")
    script = (
        "from pathlib import Path; from voices.audio.child import Bounds, ask_child;"
        "bounds = Bounds(memory_bytes=1_000_000_000, cpu_seconds=60, wall_seconds=600);"
        f"ask_child('tests.audio.greedy', Path('{recording}'), bounds=bounds, arguments=('sleep',))"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as program:
        while len(children := tree(program.pid)) < 2:  # the server that forks, and what it has forked
            assert program.poll() is None
            time.sleep(0.05)
        program.kill()
    assert await_ended(children) == []


def test_ctrl_c_exits_with_0_and_the_sandbox_is_off_by_default(place: Place) -> None:
    with place.serving(SANDBOX="off") as served:
        served.ready()
        processes = tree(served.process.pid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", place.sandbox_port))
        os.killpg(served.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        output = served.end()
    assert (served.process.returncode, output) == (0, "")
    assert await_ended(processes) == []


def test_a_wrong_encryption_key_is_refused(place: Place) -> None:
    told = place.refusal(ENCRYPTION_KEYS=make_key())
    assert "the encryption key does not open this database" in told


def test_a_missing_encryption_key_is_refused_and_not_made(place: Place) -> None:
    path = place.folder / "secrets" / "enc.key"
    kept = path.read_bytes()
    path.unlink()
    try:
        assert f"the encryption key is missing: there is no file {path}" in place.refusal()
        assert not path.exists()
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize(("taken", "variable"), [("port", "PORT"), ("sandbox_port", "SANDBOX_PORT")])
def test_serve_refuses_a_busy_port(tmp_path: Path, taken: str, variable: str) -> None:
    place = Place(tmp_path)
    with socket.create_server(("127.0.0.1", getattr(place, taken))):
        told = place.refusal()
    assert f"port {getattr(place, taken)} on 127.0.0.1 is in use by process {os.getpid()} (" in told
    assert f"VOICESTUDIO_{variable} " in told


def test_serve_refuses_an_unwritable_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = Place(tmp_path / "file" / "data").refusal()
    assert f"the data folder {tmp_path / 'file' / 'data'} cannot be written (Not a directory)" in told


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"DATABASE_URL": "postgres://studio:secret@127.0.0.1:1/studio"}, "the database does not respond"),
        ({"PORT": "many"}, '"VOICESTUDIO_PORT" invalid'),
        ({"PORT": "70000"}, "ports go from 1 to 65535"),
        ({"PORT": "8123", "SANDBOX_PORT": "8123"}, "are the same"),
    ],
)
def test_serve_refuses_wrong_settings(tmp_path: Path, own: dict[str, str], told: str) -> None:
    refusal = Place(tmp_path).refusal(**own)
    assert told in refusal
    assert "secret@" not in refusal


def test_serve_refuses_a_damaged_database_and_an_empty_key_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "voicestudio.sqlite3").write_bytes(b"not a database" * 100)
    assert "file is not a database" in place.refusal()
    (tmp_path / "secrets" / "enc.key").write_bytes(b"")
    assert "enc.key is empty" in place.refusal()


def test_serve_refuses_an_address_of_another_machine() -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        require_free_port(host="192.0.2.1", port=free_port(), variable="VOICESTUDIO_PORT")


def test_holder_of_a_port_is_unknown_where_proc_is_missing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert holder_of(port).startswith(f"process {os.getpid()} (")
        assert holder_of(port, proc=tmp_path) == ""
    assert holder_of(port) == ""


def test_serve_refuses_a_folder_that_takes_no_files() -> None:
    # /proc takes no files, not even from root, who may write in any ordinary folder.
    with pytest.raises(ImproperlyConfigured, match="cannot be written"):
        require_writable(Path("/proc/self/task"))


def test_start_message_links_to_set_up_once(db: None) -> None:
    assert re.search(r": http://127\.0\.0\.1:8000/setup/\S+/ \(create the first admin\)$", ready_line())


def test_start_message_links_to_the_site_after_set_up(cast: Cast) -> None:
    assert ready_line() == "Voice Studio is ready: http://127.0.0.1:8000/"


@pytest.mark.parametrize(
    ("host", "https", "address"),
    [
        ("0.0.0.0", False, "http://127.0.0.1:8000/"),  # noqa: S104  # told of, not bound
        ("::", False, "http://[::1]:8000/"),
        ("127.0.0.1", True, "https://voices.example.com/"),
    ],
)
def test_start_message_link_can_be_opened(settings: Settings, host: str, https: bool, address: str) -> None:
    settings.HOST, settings.HTTPS, settings.ALLOWED_HOSTS = host, https, [".voices.example.com"]
    settings.PORT = 8000
    assert link() == address


def test_collect_static_runs_again_only_after_a_change(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a{}")
    settings.STATICFILES_DIRS, settings.DATA_DIR, settings.STATIC_ROOT = (
        [source],
        tmp_path,
        tmp_path / "static",
    )
    collect_static()
    collected = tmp_path / "static" / "a.css"
    first = (tmp_path / "static.stamp").stat().st_mtime_ns
    collect_static()
    assert (tmp_path / "static.stamp").stat().st_mtime_ns == first
    collected.unlink()
    collect_static()
    assert collected.read_text() == "a{}"
    (source / "a.css").write_text("a{color:red}")
    collect_static()
    assert collected.read_text() == "a{color:red}"


def test_sandbox_command_starts_alone() -> None:
    with new_studio(served=False) as studio:
        sandbox = studio.start("sandbox")
        try:
            await_answer(f"{studio.sandbox_url}/_sandbox/health", sandbox)
        finally:
            stop(sandbox)
