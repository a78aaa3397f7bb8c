"""A whole Voice Studio in processes of its own, on an empty data folder, for looking at it from outside."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx

from tests import loopback
from tests.sandbox.live import free_port

ROOT = Path(__file__).resolve().parents[1]
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
START_SECONDS = 300.0
FIRST_KEY = (
    "from voices.gateway import unseal; from voices.models import ApiKey; "
    "print(unseal(ApiKey.objects.order_by('created_at')[0]).reveal())"
)


@dataclass
class RunningStudio:
    """Folder, ports and processes of a running Voice Studio."""

    folder: Path
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    started_seconds: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The web's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of this studio sees."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
        own.pop("DJANGO_SETTINGS_MODULE", None)
        return (
            own
            | {
                "VOICESTUDIO_DATA_DIR": str(self.folder),
                "VOICESTUDIO_PORT": str(self.port),
                "VOICESTUDIO_SANDBOX": "on",
                "VOICESTUDIO_SANDBOX_PORT": str(self.sandbox_port),
                "VOICESTUDIO_LOG_LEVEL": "WARNING",
                # By hand only: a sync of its own accord would meet the faults that a test has scripted.
                "VOICESTUDIO_SYNC_HOURS": "0",
                "VOICESTUDIO_HEALTH_HOURS": "0",
                "VOICESTUDIO_WEBHOOKS_LOOPBACK": "on",
            }
            | self.settings
        )

    def manage(self, *arguments: str, text: str = "") -> str:
        """What a management command printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=text, text=True, capture_output=True, check=True
        )
        return done.stdout

    @cached_property
    def key(self) -> str:
        """The sandbox key that setting up has made."""
        return self.manage("shell", "-c", FIRST_KEY).strip().splitlines()[-1]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A management command left running, in a process group of its own; its output goes to the folder."""
        with (self.folder / f"{arguments[0]}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip

    def serve(self) -> None:
        """Starts everything; `started_seconds` is how long the first 200 took."""
        begin = time.perf_counter()
        self.process = self.start("serve")
        await_answer(f"{self.url}/healthz", self.process)
        self.started_seconds = time.perf_counter() - begin
        await_answer(f"{self.sandbox_url}/_sandbox/health", self.process)

    def set_up(self) -> None:
        """Makes Ada the admin of Northwind, with a sandbox key that was tested: the sandbox must answer."""
        told = (
            "--email",
            EMAIL,
            "--team",
            "Northwind",
            "--name",
            "Ada Okafor",
            "--password-stdin",
            "--sandbox-key",
        )
        self.manage("setup", *told, text=PASSWORD)

    def stop(self) -> None:
        """Stops everything."""
        if self.process is not None:
            stop(self.process)

    def login(self) -> httpx.Client:
        """A browser in which the admin is logged in."""
        client = loopback.client(base_url=self.url, timeout=60, follow_redirects=True)
        page = client.get("/accounts/login/").text
        typed = {
            "login": EMAIL,
            "password": PASSWORD,
            "csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken"),
        }
        answer = client.post(
            "/accounts/login/", data=typed, headers={"Referer": f"{self.url}/accounts/login/"}
        )
        assert "sessionid" in client.cookies, answer.text[:500]
        return client

    def web_processes(self) -> list[int]:
        """The process ids of the web's workers and their parent."""
        listing = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 1) for line in listing.splitlines()[1:]]
        uvicorn = [int(pid) for pid, args in rows if "voicestudio.asgi" in args and str(self.port) in args]
        return uvicorn + [pid for parent in uvicorn for pid in children_of(parent)]


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return found[1]


def clone_form(page: str, name: str) -> dict[str, str]:
    """What is sent, beside the file, to clone a voice of one's own by the form on this page."""
    form = {field: hidden(page, field) for field in ("csrfmiddlewaretoken", "form_token")}
    form |= {"name": name, "language": "en", "consent": "own", "statement": "en.1"}
    key = re.search(r'name="key"[^>]*value="([^"]+)"|<option value="([^"]+)" selected', page)
    return form | {"agreed": "on", "complete": "1"} | ({"key": key[1] or key[2]} if key else {})


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns when the address answers 200."""
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        try:
            if loopback.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{url} does not answer")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process group, kindly first."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def resident_mb(pid: int, name: str = "VmRSS") -> float:
    """Resident memory of a process in MB: `VmRSS` now, `VmHWM` at its peak."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def new_studio(
    *,
    served: bool = True,
    settings: dict[str, str] | None = None,
    prepare: Callable[[Path], None] | None = None,
) -> Iterator[RunningStudio]:
    """A studio on an empty folder, stopped at the end; served with Ada as the admin, who has a sandbox key.

    `prepare` puts something into the folder first.
    """
    with tempfile.TemporaryDirectory(prefix="voicestudio-test-") as folder:
        studio = RunningStudio(Path(folder), settings=settings or {})
        if prepare is not None:
            prepare(studio.folder)
        try:
            if served:
                studio.serve()
                studio.set_up()
            yield studio
        finally:
            studio.stop()
