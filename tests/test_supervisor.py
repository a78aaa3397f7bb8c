"""The supervisor restarts programs that die, gives up on those that cannot start, and ends them all."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.sandbox.live import free_port
from voices.kit.clock import SystemClock
from voices.management.processes import Program
from voices.management.supervisor import Supervisor, as_json

ROOT = Path(__file__).resolve().parents[1]
WAITS = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"


class QuickClock(SystemClock):
    """The system clock, which shortens every pause and notes the long ones."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Wait for a moment."""
        if seconds >= 1:
            self.pauses.append(seconds)
        await asyncio.sleep(min(seconds, 0.02))


def program(folder: Path, name: str, source: str, *, port: int = 0) -> Program:
    """A program of that source; with a port, one that is asked whether it works."""
    path = folder / f"{name}.py"
    path.write_text(source)
    return Program(name, (str(path),), "127.0.0.1", port, "/" if port else "")


async def test_program_that_cannot_start_ends_all(tmp_path: Path) -> None:
    lines: list[str] = []
    clock = QuickClock()
    broken = program(tmp_path, "web", "print('no database')\nraise SystemExit(3)\n", port=free_port())
    steady = program(tmp_path, "worker", WAITS)
    supervisor = Supervisor(
        [broken, steady], on_ready=lambda: lines.append("ready"), write=lines.append, clock=clock
    )
    assert await supervisor.run() == (
        "Voice Studio has stopped: web could not be started in 5 attempts (exit code 3); see the lines above."
    )
    assert lines.count("web    | no database") == 5
    assert lines.count("worker | up") == 1
    assert [line for line in lines if line.startswith("web ended")] == [
        f"web ended unexpectedly (exit code 3); restarting it in {pause} s." for pause in (1, 2, 4, 8)
    ]
    assert [pause for pause in clock.pauses if pause != 5] == [1, 2, 4, 8]
    assert "ready" not in lines


async def test_program_that_had_started_is_restarted_each_time(tmp_path: Path) -> None:
    starts = 0

    def write(line: str) -> None:
        nonlocal starts
        starts += line == "worker | up"
        if starts == 7:
            supervisor.stop()

    # It counts as started after 5 s, here after a moment.
    dying = program(
        tmp_path, "worker", "import time\nprint('up', flush=True)\ntime.sleep(0.2)\nraise SystemExit(1)"
    )
    supervisor = Supervisor([dying], on_ready=lambda: None, write=write, clock=QuickClock())
    assert await supervisor.run() == ""
    assert starts == 7


async def test_supervisor_is_ready_when_all_answer(tmp_path: Path) -> None:
    lines: list[str] = []
    port = free_port()
    server = (
        "from http.server import HTTPServer, SimpleHTTPRequestHandler\n"
        f"HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()\n"
    )

    def on_ready() -> None:
        with socket.create_connection(("127.0.0.1", port)):
            lines.append("ready")
        os.kill(os.getpid(), signal.SIGTERM)

    web = program(tmp_path, "web", server, port=port)
    supervisor = Supervisor([web], on_ready=on_ready, write=lambda line: None)
    assert await supervisor.run() == ""
    assert lines == ["ready"]


def test_lines_of_programs_are_json_where_the_log_is() -> None:
    ours = '{"level": "warning", "message": "Not Found: /"}'
    assert as_json("web    ", ours) == ours
    line = json.loads(as_json("worker ", "Traceback (most recent call last):"))
    assert line.pop("time")[-1] == "Z"
    assert line == {
        "level": "info",
        "logger": "worker",
        "message": "Traceback (most recent call last):",
        "request_id": "",
    }
    assert json.loads(as_json("", "web ended"))["logger"] == "serve"


# --- ending with the one that started it ---


def test_attached_program_ends_when_the_pipe_closes(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    command = program(tmp_path, "waits", WAITS).attached(reading)
    with subprocess.Popen(command, cwd=ROOT, pass_fds=(reading,), stdout=subprocess.PIPE) as process:
        assert process.stdout
        os.close(reading)
        assert process.stdout.readline() == b"up\n"
        assert process.poll() is None
        os.close(writing)
        assert process.wait(30) == -signal.SIGTERM


PARENT = """
import multiprocessing, sys, time
from voices.kit.lifetimes import end_with_parent

def wait() -> None:
    end_with_parent()
    print("up", flush=True)
    time.sleep(600)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=wait).start()
    time.sleep(600)
"""


def test_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        process.kill()
        # The child holds the other end of this pipe: the end of the file is its end.
        assert process.stdout.read() == b""
