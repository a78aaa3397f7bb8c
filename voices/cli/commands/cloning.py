"""Commands that make voices: clone and wait."""

from pathlib import Path
from uuid import uuid4

import click

from voices.cli.client import MAY_HAVE_ARRIVED, Client, Clone, Json
from voices.cli.commands import json_option, say, with_client
from voices.cli.jobs import require_voice, wait_for_job
from voices.cli.output import print_fields, print_json, printable

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="How many seconds to wait at most.",
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--name", required=True, help="The voice's name, unique in the Althea account.")
@click.option(
    "--consent", required=True, help="Whose voice it is: own, agreed (somebody's who agreed) or made."
)
@click.option("--speaker", default="", help="With agreed: who agreed.")
@click.option(
    "--relation", default="", help="With agreed: employee, contractor, actor, customer, relative or other."
)
@click.option("--proof", default="", help="With agreed: where that is written.")
@click.option("--expires-on", default="", help="The last day of the consent, as 2027-12-31.")
@click.option("--language", default="", help="A language tag such as en-US. Default: en.")
@click.option("--description", default="", help="Else Althea writes one.")
@click.option("--key", default="", help="Which of your keys; else your default one.")
@click.option("--idempotency-key", default="", help="Repeats an earlier clone: there is no second voice.")
@click.option("--dry-run", is_flag=True, help="Check everything, and make nothing.")
@click.option("--wait", "is_waiting", is_flag=True, help="Wait until the voice is there.")
@timeout_option
@json_option
@with_client
def clone(
    client: Client,
    /,
    *,
    file: Path,
    idempotency_key: str,
    dry_run: bool,
    is_waiting: bool,
    timeout: float,
    is_json: bool,
    **fields: str,
) -> None:
    """Clone a voice from the recording FILE."""
    given = {name: text for name, text in fields.items() if text}
    sent = Clone(file=file, fields=given, idempotency_key=idempotency_key or str(uuid4()))
    say(f"Sending {printable(file.name)} …")
    try:
        job = client.clone(sent, dry_run=dry_run)
    except KeyboardInterrupt:
        say(MAY_HAVE_ARRIVED.format(sent.idempotency_key))
        raise
    if is_waiting and not dry_run:
        _finish(client, job["jobId"], timeout, is_json=is_json)
    else:
        (print_json if is_json else print_fields)(job)


@click.command()
@click.argument("job")
@timeout_option
@json_option
@with_client
def wait(client: Client, /, *, job: str, timeout: float, is_json: bool) -> None:
    """Wait until the clone JOB has ended, and show it."""
    _finish(client, job, timeout, is_json=is_json)


def _finish(client: Client, job_id: str, seconds: float, *, is_json: bool) -> None:
    try:
        job = wait_for_job(client, job_id, seconds=seconds, on_change=_say_state)
    except KeyboardInterrupt:
        say(f"The clone goes on. See how it ends with `voicestudio wait {printable(job_id)}`.")
        raise
    (print_json if is_json else print_fields)(job)
    require_voice(job)


def _say_state(job: Json) -> None:
    say(f"The clone is {printable(job.get('state'))}.")
