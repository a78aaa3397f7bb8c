"""Running a command against our own API, in this process."""

from pathlib import Path

import httpx
from click.testing import CliRunner, Result
from django.test import Client as DjangoClient

from tests.web.api.programs import make_token
from voices.cli.client import Client
from voices.cli.commands import Surroundings
from voices.cli.connection import TOKEN, URL, Connection, clean_token
from voices.cli.main import cli
from voices.models import Membership

SITE = "http://localhost"


def own_api() -> httpx.MockTransport:
    """HTTP to our own application, by Django's test client: it leaves the test's transaction open."""
    return httpx.MockTransport(_answered)


def _answered(request: httpx.Request) -> httpx.Response:
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    answer = DjangoClient(headers=headers, raise_request_exception=False).generic(
        request.method, request.url.raw_path.decode(), request.read(), headers.get("content-type", "")
    )
    return httpx.Response(answer.status_code, headers=dict(answer.items()), content=b"".join(answer))


def client_of(member: Membership, *scopes: str) -> Client:
    """A client with a new token of the member."""
    token = make_token(member, *scopes)[1]
    return Client(Connection(SITE, clean_token(token.reveal())), transport=own_api())


def run(member: Membership, *arguments: str, scopes: tuple[str, ...] = (), typed: str = "") -> Result:
    """Run a command with a new token of the member, with all scopes unless some are given."""
    token = make_token(member, *scopes)[1]
    environment = {URL: SITE, TOKEN: token.reveal()}
    around = Surroundings(
        environment, Path("/nowhere/login.json"), transport=own_api(), sleep=lambda seconds: None
    )
    done = CliRunner().invoke(cli, arguments, input=typed, obj=around)
    assert token.reveal() not in done.output
    return done
