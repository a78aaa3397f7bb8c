"""Commands about how voices are organised: lists of tags, aliases, statements and keys; stage and tags of a voice."""

import click

from voices.cli.client import Client, Json
from voices.cli.commands import dry_run_option, json_option, say, with_client
from voices.cli.output import print_fields, print_json, print_rows, printable

LISTS = {  # what is listed, and the columns that are printed
    "tags": ("id", "voices", "name"),
    "aliases": ("name", "voiceId", "stage", "voiceName"),
    "statements": ("reference", "text"),
    "keys": ("id", "account", "label"),
}
HELP = {
    "tags": "List the team's tags.",
    "aliases": "List the team's aliases.",
    "statements": "List the statements that a speaker can agree to.",
    "keys": "List your own keys that can clone.",
}


def _listing(what: str) -> click.Command:
    @click.command(what, help=HELP[what])
    @json_option
    @with_client
    def command(client: Client, /, *, is_json: bool) -> None:
        found = client.list_all(what)
        if is_json:
            print_json({"results": found})
        else:
            print_rows([[printable(one.get(name)) for name in LISTS[what]] for one in found])

    return command


listings = [_listing(what) for what in LISTS]


@click.command()
@click.argument("voice")
@click.argument("stage")
@dry_run_option
@json_option
@with_client
def stage(client: Client, /, *, voice: str, stage: str, dry_run: bool, is_json: bool) -> None:
    """Move VOICE (an id) to STAGE: draft, approved or retired."""
    _show(client.set_stage(voice, stage, dry_run=dry_run), dry_run=dry_run, is_json=is_json)


@click.command()
@click.argument("voice")
@click.argument("tags", nargs=-1)
@dry_run_option
@json_option
@with_client
def tag(client: Client, /, *, voice: str, tags: tuple[str, ...], dry_run: bool, is_json: bool) -> None:
    """Replace the tags of VOICE (an id) with TAGS."""
    _show(client.set_tags(voice, tags, dry_run=dry_run), dry_run=dry_run, is_json=is_json)


def _show(voice: Json, *, dry_run: bool, is_json: bool) -> None:
    if dry_run:
        say("Nothing was changed. This would be the voice:")
    (print_json if is_json else print_fields)(voice)
