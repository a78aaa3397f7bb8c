"""Running a command against answers that a test writes down."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx
from click.testing import CliRunner, Result

from voices.cli.client import Client
from voices.cli.commands import Surroundings
from voices.cli.connection import TOKEN, URL, Connection, clean_token
from voices.cli.main import cli

SITE = "https://voices.example.com"
VALUE = "vs_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"  # the form of a token; opens nothing
LOGGED_IN = {URL: SITE, TOKEN: VALUE}
NO_FILE = Path("/nowhere/login.json")
Answer = httpx.Response | BaseException
BUSY = {
    "title": "Too many requests",
    "detail": "Too many requests.",
    "code": "rate_limited",
    "what_to_do": "Wait.",
}


@dataclass
class Script:
    """Answers requests in turn, and keeps what was sent and how long the client waited between."""

    answers: list[Answer]
    requests: list[httpx.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Return the next answer."""
        self.requests.append(request)
        self.bodies.append(request.read())
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def client(self) -> Client:
        """A client that gets the answers."""
        return Client(
            Connection(SITE, clean_token(VALUE)),
            transport=httpx.MockTransport(self), sleep=self.pauses.append, say=self.said.append,
        )  # fmt: skip

    def surroundings(self, file: Path = NO_FILE, **environment: str) -> Surroundings:
        """What a command finds whose person is logged in by the environment."""
        return Surroundings(
            LOGGED_IN | environment, file, transport=httpx.MockTransport(self), sleep=self.pauses.append
        )

    def run(self, *arguments: str, file: Path = NO_FILE, typed: str = "", **environment: str) -> Result:
        """Run the command."""
        around = self.surroundings(file, **environment)
        return CliRunner().invoke(cli, arguments, input=typed, env=environment, obj=around)


def ok(**content: object) -> httpx.Response:
    """A successful answer."""
    return httpx.Response(200, json=content)


def page(
    *voices: dict[str, object], following: str | None = None, total: int | None = None
) -> httpx.Response:
    """A page of a list of voices."""
    return ok(next=following, previous=None, results=list(voices), total=total)


def refused(status: int, **problem: object) -> httpx.Response:
    """An answer with problem details."""
    headers = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, json={"title": "Refused", "status": status, **problem}, headers=headers)
