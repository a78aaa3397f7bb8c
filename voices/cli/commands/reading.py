"""Commands that only read: list, search, show, alias, where-used, export, play."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import httpx

from voices.cli.client import Client
from voices.cli.commands import json_option, say, with_client
from voices.cli.errors import ExitCode, StudioError
from voices.cli.filters import FILTERS, ORDERS, to_params
from voices.cli.output import csv_lines, json_lines, print_fields, print_json, print_rows, printable
from voices.cli.player import play as play_file

F = TypeVar("F", bound=Callable[..., Any])

quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print only ids.")


def filter_options(command: F) -> F:
    """Add an option for each filter, and the order."""
    command = click.option("--sort", default="", help=f"{ORDERS.capitalize()}.")(command)
    for one in reversed(FILTERS):
        command = click.option(f"--{one.name}", multiple=True, help=f"{one.help.capitalize()}. Repeatable.")(
            command
        )
    return command


def listing_options(command: F) -> F:
    """Add the filters, and how much of what is found is printed in which form."""
    limit = click.option(
        "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
    )
    return filter_options(limit(quiet_option(json_option(command))))


@click.command("list")
@listing_options
@with_client
def list_voices(client: Client, /, **options: Any) -> None:
    """List voices, newest first."""
    _list(client, "", **options)


@click.command()
@click.argument("text")
@listing_options
@with_client
def search(client: Client, /, *, text: str, **options: Any) -> None:
    """List voices that match TEXT: words of name, description, tags and more."""
    _list(client, text, **options)


def _list(
    client: Client, text: str, *, sort: str, limit: int, quiet: bool, is_json: bool, **chosen: Sequence[str]
) -> None:
    pages = list(client.pages(to_params(text, sort, chosen), limit=limit))
    voices = [voice for page in pages for voice in page["results"]]
    total = pages[0].get("total")
    if is_json:
        print_json({"results": voices, "total": total})
    elif quiet:
        print_rows([[voice["id"]] for voice in voices])
    else:
        print_rows([_row(voice) for voice in voices])
        say(_counted(len(voices), total))


def _row(voice: dict[str, Any]) -> list[str]:
    return [printable(voice.get(name)) for name in ("id", "primaryLanguage", "stage", "name")]


def _counted(shown: int, total: int | None) -> str:
    if not shown:
        return "No voices match."
    if total is None or shown >= total:
        return f"{shown} voice{'s' if shown > 1 else ''}."
    return f"{shown} of {total} voices. See more with --limit, or all with `voicestudio export`."


@click.command()
@click.argument("voice")
@json_option
@with_client
def show(client: Client, /, *, voice: str, is_json: bool) -> None:
    """Show everything about VOICE (an id)."""
    (print_json if is_json else print_fields)(client.get_voice(voice))


@click.command()
@click.argument("name")
@quiet_option
@json_option
@with_client
def alias(client: Client, /, *, name: str, quiet: bool, is_json: bool) -> None:
    """Show the voice that the alias NAME points to; with --quiet, its id at Althea, which calls and agents use."""
    found = client.resolve_alias(name)
    if not found["voiceId"]:
        raise StudioError(f"The alias {name} points to no voice.", ExitCode.NOT_FOUND)
    if found.get("consent") == "ended":
        say("The consent for this voice has ended: don't use it.")
    if quiet:
        click.echo(found["voiceId"])
    else:
        (print_json if is_json else print_fields)(found)


@click.command()
@click.argument("voice")
@json_option
@with_client
def where_used(client: Client, /, *, voice: str, is_json: bool) -> None:
    """List the agents at Althea that use VOICE (an id), and whether they use it by id or by name."""
    found = client.where_used(voice)
    if is_json:
        print_json(found)
        return
    print_rows(
        [[printable(agent.get(name)) for name in ("agentId", "namedBy", "name")] for agent in found["agents"]]
    )
    say(f"{len(found['agents'])} agents." if found["agents"] else "No agent uses this voice.")


@click.command()
@filter_options
@click.option("--search", "text", default="", help="Only voices that match these words.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--output", "-o", type=click.File("w", encoding="utf-8", atomic=True), default="-", help="A file."
)
@with_client
def export(
    client: Client, /, *, text: str, sort: str, form: str, output: Any, **chosen: Sequence[str]
) -> None:
    """Write all matching voices, as JSON lines or as CSV for spreadsheets."""
    lines = csv_lines if form == "csv" else json_lines
    for line in lines(
        voice for page in client.pages(to_params(text, sort, chosen)) for voice in page["results"]
    ):
        click.echo(line, file=output)


@click.command()
@click.argument("voice")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, allow_dash=True), help="Save it here; - is stdout."
)
@with_client
def play(client: Client, /, *, voice: str, output: str | None) -> None:
    """Play the preview of VOICE (an id), or save it."""
    with client.preview(voice) as sound:
        if output is not None:
            with click.open_file(output, "wb", atomic=output != "-") as file:
                _copy(sound, file)
            return
        with tempfile.TemporaryDirectory() as folder:
            preview = Path(folder) / "preview"
            with preview.open("wb") as file:
                _copy(sound, file)
            play_file(preview, is_wav="wav" in sound.headers.get("Content-Type", ""))


def _copy(sound: httpx.Response, file: Any) -> None:
    for piece in sound.iter_bytes():
        file.write(piece)
