"""The command `voicestudio`."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from voices.cli.client import Client
from voices.cli.commands import Surroundings, cloning, organising, reading, say, session, with_client
from voices.cli.errors import ExitCode, StudioError

NO_MCP = "The MCP server needs the package mcp. Install the client with its extra mcp: see docs/mcp.md."


class Commands(click.Group):
    """Commands whose errors are a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except StudioError as problem:
            say(f"Error: {problem}")
            ctx.exit(problem.exit_code)
        except OSError as problem:
            if problem.filename is None:  # a closed pipe, which click ends quietly
                raise
            say(f"Error: {problem.filename}: {problem.strerror}.")
            ctx.exit(ExitCode.FAILED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.pass_context
def cli(context: click.Context) -> None:
    """Find, play and clone your team's voices in Voice Studio.

    Log in once with `voicestudio login`, or set VOICESTUDIO_URL and VOICESTUDIO_TOKEN.
    """
    context.obj = context.obj or Surroundings()


@click.command()
@click.option(
    "--recordings",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder whose files may be cloned. Without it, the agent can clone nothing.",
)
@with_client
def mcp(client: Client, /, *, recordings: Path | None) -> None:
    """Serve the voices to an agent, by the Model Context Protocol on standard input and output."""
    try:
        server = importlib.import_module("voices.cli.agents")
    except ModuleNotFoundError as problem:
        raise StudioError(NO_MCP) from problem
    server.serve(client, recordings)


for command in (
    reading.list_voices, reading.search, reading.show, reading.play, reading.alias, reading.where_used, reading.export,
    cloning.clone, cloning.create, cloning.wait, organising.stage, organising.tag, *organising.listings,
    session.login, session.logout, mcp,
):  # fmt: skip
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None, around: Surroundings | None = None) -> NoReturn:
    """Run the command, by default that of the process, and exit with its code (`errors.ExitCode`)."""
    try:
        sys.exit(cli.main(arguments, obj=around, standalone_mode=False))
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except click.Abort:
        say("Interrupted.")
        sys.exit(ExitCode.INTERRUPTED)
