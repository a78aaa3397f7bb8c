"""Commands that make voices: clone, create and wait."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import click

from voices.cli.client import Client, Clone, Json, ProviderVoice
from voices.cli.commands import dry_run_option, json_option, say, with_client
from voices.cli.errors import StudioError
from voices.cli.jobs import require_voice, wait_for_job
from voices.cli.output import print_fields, print_json, printable

NO_JSON = "This is not JSON. `voicestudio create --help` says what is."
API_NAMES = {"expires_on": "expiresOn", "agreed_to": "statement"}

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="How many seconds to wait at most.",
)


name_option = click.option(
    "--name", required=True, help="The voice's name, not yet used in the Althea account."
)
language_option = click.option("--language", help="A language tag such as en-US. Default: en.")
key_option = click.option("--key", help="An id from `voicestudio keys`; otherwise your default key.")
idempotency_option = click.option(
    "--idempotency-key", help="Repeat an earlier request without creating a second voice."
)
wait_option = click.option("--wait", "is_waiting", is_flag=True, help="Wait until the voice is ready.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@name_option
@click.option(
    "--consent",
    required=True,
    help="Whose voice it is: own, agreed (someone else who agreed) or made (generated).",
)
@click.option("--agreed-to", help="What the speaker agreed to: a reference from `voicestudio statements`.")
@click.option("--speaker", help="With agreed: who agreed.")
@click.option("--relation", help="With agreed: employee, contractor, actor, customer, relative or other.")
@click.option("--proof", help="With agreed: proof of consent, such as a contract number.")
@click.option("--expires-on", help="The last day of the consent, as 2027-12-31.")
@language_option
@click.option("--description", help="What it sounds like; otherwise Althea writes a description.")
@key_option
@idempotency_option
@wait_option
@timeout_option
@dry_run_option
@json_option
@with_client
def clone(
    client: Client,
    /,
    *,
    file: Path,
    idempotency_key: str | None,
    is_waiting: bool,
    timeout: float,
    dry_run: bool,
    is_json: bool,
    **typed: str | None,
) -> None:
    """Clone a voice from the recording FILE."""
    sent = Clone(file=file, fields=to_fields(typed), idempotency_key=idempotency_key or str(uuid4()))
    say(f"Sending {printable(file.name)} …")
    with _telling(sent.note):
        job = client.clone(sent, dry_run=dry_run)
    _follow(client, job, timeout if is_waiting else None, dry_run=dry_run, is_json=is_json)


@click.command()
@click.argument("file", type=click.File("rb"))
@name_option
@language_option
@click.option("--description", help="What it sounds like.")
@key_option
@idempotency_option
@wait_option
@timeout_option
@dry_run_option
@json_option
@with_client
def create(
    client: Client,
    /,
    *,
    file: BinaryIO,
    idempotency_key: str | None,
    is_waiting: bool,
    timeout: float,
    dry_run: bool,
    is_json: bool,
    **typed: str | None,
) -> None:
    """Create a voice from a provider's settings: the JSON in FILE, or - for standard input.

    It is the definition as Althea has it, such as {"elevenLabs": {"voiceId": "..."}}.
    """
    fields = {"definition": _read_json(file), **{name: value for name, value in typed.items() if value}}
    sent = ProviderVoice(fields=fields, idempotency_key=idempotency_key or str(uuid4()))
    with _telling(sent.note):
        job = client.create(sent, dry_run=dry_run)
    _follow(client, job, timeout if is_waiting else None, dry_run=dry_run, is_json=is_json)


def _read_json(file: BinaryIO) -> Any:
    try:
        return json.load(file)
    except (ValueError, RecursionError) as problem:
        raise StudioError(NO_JSON) from problem


@contextmanager
def _telling(note: str) -> Iterator[None]:
    """Tell how to repeat what is interrupted while it is sent."""
    try:
        yield
    except KeyboardInterrupt:
        say(note)
        raise


def _follow(client: Client, job: Json, seconds: float | None, *, dry_run: bool, is_json: bool) -> None:
    """Show the job: at once, or with `seconds` when it has ended."""
    if dry_run and not is_json:
        say("Everything is in order. Nothing was created.")
        print_fields({name: job.get(name) for name in ("name", "language", "description")})
    elif dry_run or seconds is None:
        (print_json if is_json else print_fields)(job)
    else:
        _finish(client, job["id"], seconds, is_json=is_json)


def to_fields(typed: dict[str, Any]) -> dict[str, str]:
    """Return what was given, by the names of the API; who names a statement says that it was agreed to."""
    fields = {API_NAMES.get(name, name): value for name, value in typed.items() if value}
    return {**fields, "agreed": "true"} if "statement" in fields else fields


@click.command()
@click.argument("job")
@timeout_option
@json_option
@with_client
def wait(client: Client, /, *, job: str, timeout: float, is_json: bool) -> None:
    """Wait until JOB, of a clone or a voice from a provider, has ended, and show it."""
    _finish(client, job, timeout, is_json=is_json)


def _finish(client: Client, job_id: str, seconds: float, *, is_json: bool) -> None:
    try:
        job = wait_for_job(client, job_id, seconds=seconds, on_change=_say_state)
    except KeyboardInterrupt:
        say(f"The job is running. To see how it ends, use `voicestudio wait {printable(job_id)}`.")
        raise
    (print_json if is_json else print_fields)(job)
    require_voice(job)


def _say_state(job: Json) -> None:
    say(printable(job["sentence"]))
