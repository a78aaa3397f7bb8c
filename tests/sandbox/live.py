"""A sandbox in its own process on a free port, for tests: real sockets, real SIGKILL, real restarts."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests import loopback
from voices.sandbox.keys import make_key

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class LiveSandbox:
    """A running sandbox; its state lives in `folder`/sandbox and survives `restart` and `kill`.

    with LiveSandbox(tmp_path) as sandbox:
        key = sandbox.key()
        sandbox.fault(effect="drop", how="rst", commit=True, path="/api/voices")
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = loopback.client(base_url=self.url, timeout=120)
        self.start()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        options = ("--factory", "--port", str(self.port), "--log-level", "warning")
        patience = ("--timeout-graceful-shutdown", "1", "--timeout-keep-alive", "75")
        command = (sys.executable, "-m", "uvicorn", "voices.sandbox.app:app_from_env", *options, *patience)
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "VOICESTUDIO_DATA_DIR": str(self.folder)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    @property
    def output(self) -> Path:
        """What the process printed."""
        return self.folder / "sandbox.log"

    @property
    def pid(self) -> int:
        """The process, for measuring its memory."""
        assert self._process is not None, "the sandbox does not run"
        return self._process.pid

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            if self._is_healthy():
                return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the sandbox did not start: {self.output.read_text()[-2000:]}")

    def _is_healthy(self) -> bool:
        try:
            return self._http.get("/_sandbox/health").is_success
        except httpx.TransportError:
            return False

    def key(self) -> str:
        """A fresh key, which opens an account of its own."""
        return make_key()

    def keys(self, count: int, *, beside: str | None = None) -> list[str]:
        """Several keys of one account; `beside` names a key whose account they shall open."""
        order: dict[str, Any] = {"make": count} if beside is None else {"make": count, "beside": beside}
        made: list[str] = self._post("/_sandbox/keys", order)["keys"]
        return made

    def revoke(self, key: str) -> None:
        """Have a key refused from now on."""
        self._post("/_sandbox/keys", {"revoke": key})

    def fault(self, **spec: Any) -> None:
        """Script a fault; see voices/sandbox/faults.py. Default: the next POST below /api/."""
        self._post("/_sandbox/faults", spec)

    def clear(self) -> None:
        """Forget the faults that still wait."""
        self._http.delete("/_sandbox/faults").raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        """The faults that still wait."""
        found: list[dict[str, Any]] = self._get("/_sandbox/faults").json()
        return found

    def log(self, *, method: str = ".*", path: str = ".*") -> list[dict[str, Any]]:
        """The API requests so far whose method and path match wholly, oldest first."""
        entries: list[dict[str, Any]] = self._get("/_sandbox/log").json()
        return [
            entry
            for entry in entries
            if re.fullmatch(method, entry["method"]) and re.fullmatch(path, entry["path"])
        ]

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._http.delete("/_sandbox/log").raise_for_status()

    def voices(self, *, private: bool = True) -> list[dict[str, Any]]:
        """Every voice of every account, late ones included; with `private` False the public ones as well."""
        found: list[dict[str, Any]] = self._get("/_sandbox/voices").json()
        return [voice for voice in found if voice["accountId"] is not None or not private]

    def sample(self, voice_id: str) -> bytes:
        """The recording a clone was made from, byte for byte."""
        return self._get(f"/_sandbox/samples/{voice_id}").content

    def settings(self, **values: Any) -> None:
        """Change settings: allowedVoices, rateLimit, cloneSeconds, clonePreview."""
        self._post("/_sandbox/settings", values)

    def reset(self) -> None:
        """Back to an empty sandbox: no accounts, voices, faults, settings, log."""
        self._post("/_sandbox/reset", {})

    def _get(self, path: str) -> httpx.Response:
        return self._http.get(path).raise_for_status()

    def _post(self, path: str, data: object) -> Any:
        answer = self._http.post(path, json=data)
        assert answer.is_success, answer.text
        return answer.json()

    def kill(self) -> None:
        """SIGKILL, as a machine would lose it; `start` brings it back on the same port."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop in good order and start again on the same port and folder."""
        self._end(signal.SIGTERM)
        self.start()

    def stop(self) -> None:
        """Stop the process for good."""
        self._end(signal.SIGTERM)
        self._http.close()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
