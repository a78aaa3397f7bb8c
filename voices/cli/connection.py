"""Which Voice Studio is asked, with which token: from the environment, or from a file that only its owner can read.

A token is never an argument, which other people of the machine see in the list of processes.
"""

import json
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx

from voices.cli.errors import LoginError

URL, TOKEN = "VOICESTUDIO_URL", "VOICESTUDIO_TOKEN"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LOG_IN = f"Run `voicestudio login`, or set {URL} and {TOKEN}."


class BearerToken(httpx.Auth):
    """A token, which goes only into the header of requests and shows nowhere else."""

    __slots__ = ("__token",)

    def __init__(self, token: str) -> None:
        self.__token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to the request."""
        request.headers["Authorization"] = f"Bearer {self.__token}"
        yield request

    def save(self, path: Path, url: str) -> None:
        """Write address and token to the file, in one step and for its owner only."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"url": url, "token": self.__token}, file)
        unfinished.replace(path)

    def __repr__(self) -> str:
        return "BearerToken(…)"


@dataclass(frozen=True)
class Connection:
    """An address without a slash at its end, and the token for it."""

    url: str
    token: BearerToken


def default_file() -> Path:
    """Return where `voicestudio login` keeps address and token on this system."""
    return Path(click.get_app_dir("voicestudio")) / "login.json"


def clean_url(typed: str) -> str:
    """Return the address as it is used. Raise LoginError for one to which a token must not be sent."""
    url = typed.strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise LoginError("The address must look like https://voices.example.com.")
    if parts.username or parts.password:
        raise LoginError("The address must not contain a name or a password.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise LoginError("The address must start with https://, so that nobody else can read your token.")
    return url


def clean_token(typed: str) -> BearerToken:
    """Return the token. Raise LoginError for what cannot be one."""
    token = typed.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise LoginError("This isn't an API token. Create one in Voice Studio, under API tokens.")
    return BearerToken(token)


def find_connection(environment: Mapping[str, str], file: Path) -> Connection:
    """Return what the environment says, else the file. Raise LoginError if address or token is missing.

    The file's token goes to the file's address only: whoever can set an address must not get the token of another.
    """
    saved = _read(file)
    url = environment.get(URL) or saved.get("url", "")
    if not url:
        raise LoginError(f"No address is set. {LOG_IN}")
    url = clean_url(url)
    token = environment.get(TOKEN) or (saved.get("token", "") if saved.get("url") == url else "")
    if not token:
        raise LoginError(f"No token is set for {url}. {LOG_IN}")
    return Connection(url, clean_token(token))


def _read(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8") as opened:
            if os.name == "posix" and os.fstat(opened.fileno()).st_mode & 0o077:
                raise LoginError(f"Others can read {file}. Run `chmod 600 {file}`, then create a new token.")
            saved = json.load(opened)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise LoginError(f"{file} can't be read. Run `voicestudio login` again.") from problem
    return {name: str(value) for name, value in saved.items()} if isinstance(saved, dict) else {}
