"""Commands that say which Voice Studio is asked, with which token: login and logout."""

import sys
from contextlib import closing

import click

from voices.cli.client import Client
from voices.cli.commands import Surroundings, say
from voices.cli.connection import URL, Connection, clean_token, clean_url


@click.command()
@click.option(
    "--url", help=f"For example https://voices.example.com. Default: {URL}; if that isn't set, you are asked."
)
@click.pass_obj
def login(around: Surroundings, *, url: str | None) -> None:
    """Save the address and a token in a file that only you can read.

    Create the token in Voice Studio, under API tokens. You are asked for it, or it is read from standard input.
    """
    asked = url or around.environment.get(URL) or click.prompt("Address of Voice Studio", err=True)
    address = clean_url(asked)
    typed = click.prompt("Token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    connection = Connection(address, clean_token(typed))
    with closing(Client(connection, transport=around.transport, sleep=around.sleep, say=say)) as client:
        client.find_voices([], page_size=1)
    connection.token.save(around.file, address)
    say(f"Logged in to {address}. Saved in {around.file}.")


@click.command()
@click.pass_obj
def logout(around: Surroundings) -> None:
    """Delete the saved address and token. The token stays valid: revoke it in Voice Studio, under API tokens."""
    around.file.unlink(missing_ok=True)
    say(
        f"Deleted {around.file}. To stop the token from working, revoke it in Voice Studio, under API tokens."
    )
