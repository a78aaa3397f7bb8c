"""The programs of an installation: how each is started, and its health check."""

import http.client
import os
import sys
from dataclasses import dataclass

from django.conf import settings

# People wait for pages, so the other programs get a lower priority.
LOW_PRIORITY = ("nice", "-n", "5")


@dataclass(frozen=True)
class Program:
    """A Python program and its health check. `arguments` begin with a module, or a file that ends in .py."""

    name: str
    arguments: tuple[str, ...]
    host: str = ""
    port: int = 0
    path: str = ""  # "" if it does not serve HTTP
    prefix: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        """The command line of the program alone."""
        as_module = () if self.arguments[0].endswith(".py") else ("-m",)
        return (*self.prefix, sys.executable, *as_module, *self.arguments)

    def attached(self, pipe: int) -> tuple[str, ...]:
        """Return the command line of the program that ends when nobody holds the pipe's writing end any more."""
        run = (sys.executable, "-m", "voices.management.attached", str(pipe))
        return (*self.prefix, *run, *self.arguments)

    def answers(self) -> bool:
        """Whether a GET of its path returns 200."""
        request = http.client.HTTPConnection(_reachable(self.host), self.port, timeout=5)
        try:
            request.request("GET", self.path)
            return request.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            request.close()


def web() -> Program:
    """Return the web server: uvicorn with two workers, enough while a third of the requests are slow uploads."""
    proxy = "--proxy-headers" if settings.HTTPS else "--no-proxy-headers"
    options = (
        "--workers 2 --http voices.web.guard.protocol:http_protocol --ws none --loop uvloop "
        f"--no-server-header --no-access-log {proxy}"
    )
    listen = ("--host", settings.HOST, "--port", str(settings.PORT))
    command = _uvicorn("voicestudio.asgi:application", *listen, *options.split())
    return Program("web", command, settings.HOST, settings.PORT, "/healthz")


def worker() -> Program:
    """Return the worker, which runs jobs and fetches previews."""
    return Program("worker", ("manage.py", "worker"), prefix=LOW_PRIORITY)


def sandbox() -> Program:
    """Return the sandbox: one process, since it keeps state in memory, listening on this machine only."""
    host, port = "127.0.0.1", settings.SANDBOX_PORT
    # 75 s is longer than the worker keeps idle connections, or it would write to one that is closing.
    options = (
        "--factory",
        "--host",
        host,
        "--port",
        str(port),
        "--no-access-log",
        "--timeout-keep-alive",
        "75",
    )
    command = _uvicorn("voices.sandbox.app:app_from_env", *options)
    return Program("sandbox", command, host, port, "/_sandbox/health", LOW_PRIORITY)


def environment() -> dict[str, str]:
    """Return the environment of every program: ours, with an absolute data folder and unbuffered output."""
    return {
        **os.environ,
        "VOICESTUDIO_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def _uvicorn(application: str, *options: str) -> tuple[str, ...]:
    quiet = ("--log-level", "warning", "--timeout-graceful-shutdown", "3")
    return ("uvicorn", application, *options, *quiet)


def _reachable(host: str) -> str:
    """Return an address under which this machine reaches a server bound to that host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound


def _public_name(host: str) -> str:
    """Return the first host name under which the site may be opened."""
    allowed = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return allowed[0] if allowed else _reachable(host)


def link(path: str = "") -> str:
    """Return the URL for people."""
    if settings.HTTPS:
        return f"https://{_public_name(settings.HOST)}/{path}"
    host = _reachable(settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/{path}"
