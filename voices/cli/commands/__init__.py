"""The commands, and what they share."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
import httpx

from voices.cli.client import Client
from voices.cli.connection import default_file, find_connection

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "is_json", is_flag=True, help="Print the API's JSON response.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Check everything, and change nothing.")


@dataclass(frozen=True)
class Surroundings:
    """What commands find around them; tests bring their own."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    file: Path = field(default_factory=default_file)
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep

    def client(self) -> Client:
        """Connect to Voice Studio. Raise LoginError if address or token is missing."""
        connection = find_connection(self.environment, self.file)
        return Client(connection, transport=self.transport, sleep=self.sleep, say=say)


def say(text: str) -> None:
    """Tell people how it goes, beside the output that a pipe takes."""
    click.echo(text, err=True)


def with_client(command: Callable[Concatenate[Client, P], R]) -> Callable[P, R]:
    """Give the command a client, closed at its end."""

    @click.pass_obj
    def connected(around: Surroundings, /, *args: Any, **kwargs: Any) -> R:
        with closing(around.client()) as client:
            return command(client, *args, **kwargs)

    return update_wrapper(connected, command)
