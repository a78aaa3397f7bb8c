"""`python -m tests.backup.driver COMMAND ...`: an installation's side of the tests, in processes that may be killed."""

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

django.setup()

from tests.backup import contents  # noqa: E402  # models exist only after Django is set up
from tests.builders import make_sample  # noqa: E402
from voices.actions.backup.base import BackupError  # noqa: E402
from voices.actions.backup.making import make_backup  # noqa: E402
from voices.actions.backup.restoring import has_people, restore_backup  # noqa: E402
from voices.actions.clone.samples import sweep_unused_samples  # noqa: E402
from voices.actions.stored_files import stored_files  # noqa: E402
from voices.management.bootstrap import close_connections  # noqa: E402
from voices.models import Membership  # noqa: E402

SQUASHED = "0001_squashed_0035_fill_voice_model"


def say(value: object) -> None:
    """Print the value as a line of JSON."""
    print(json.dumps(value), flush=True)  # noqa: T201  # this is its answer


def restore(file: str) -> None:
    """Restore, and say what is there."""
    restore_backup(Path(file), report=lambda line: None)
    say(contents.everything())


def restore_killed(file: str, *moments: str) -> None:
    """Restore on a full disk, killed at each of these lines in turn, then to the end; say each time what is there."""
    _forked(lambda: _say_refusal(lambda: restore_backup(Path(file), report=lambda line: None)), limit=50_000)
    say([*stored_files(), *(path.name for path in Path(settings.DATA_DIR).glob("restor*"))])
    for moment in moments:
        _killed(lambda report: restore_backup(Path(file), report=report), moment)
        say("whole" if has_people() else "empty")
        close_connections()
    restore(file)


def backup_failing(file: str) -> None:
    """Make backups that are killed, then one on a disk that is full; say each time which files are there."""
    path = Path(file)
    for moment in ("Database copied", "Files copied"):
        _killed(lambda report: make_backup(path, now=timezone.now(), report=report), moment)
        say(sorted(one.name for one in path.parent.iterdir()))
    _forked(
        lambda: _say_refusal(lambda: make_backup(path, now=timezone.now(), report=lambda line: None)),
        limit=100_000,
    )
    say(sorted(one.name for one in path.parent.iterdir()))


def backup_of_an_older_state(file: str) -> None:
    """Undo the latest migrations, then make a backup by the command, twice; say what each says."""
    call_command("migrate", "voices", SQUASHED, verbosity=0)
    for name in (SQUASHED, "0035_fill_voice_model"):  # as where not all that it replaces were applied
        MigrationRecorder(connection).record_unapplied("voices", name)
    call_command("migrate", "voices", "0022", verbosity=0)
    told = io.StringIO()
    call_command("backup", file, stdout=told)
    say(told.getvalue())
    try:
        call_command("backup", file)
    except CommandError as problem:
        say(str(problem))


def _say_refusal(action: Callable[[], object]) -> None:
    try:
        action()
    except BackupError as problem:
        say(str(problem))


def _killed(action: Callable[[Callable[[str], None]], object], moment: str) -> None:
    def report(line: str) -> None:
        if moment in line:
            os.kill(os.getpid(), signal.SIGKILL)

    assert _forked(lambda: action(report)) == -signal.SIGKILL


def _forked(action: Callable[[], object], *, limit: int = 0) -> int:
    """Do it in a process of its own, which may write files of at most `limit` bytes. Return its exit code."""
    pid = os.fork()
    if pid == 0:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def write() -> None:
    """Store recordings until killed; say each one's id once it is committed. Every second one is deleted again."""
    ed = Membership.objects.filter(user__email="ed@example.com").get()
    for number in range(1_000_000):
        sample = make_sample(ed, content=b"RIFF%d" % number * 2_000)
        say(str(sample.pk))
        old = timezone.now() - timedelta(hours=2)
        make_sample(ed, content=b"doomed%d" % number * 2_000, used_at=old)
        sweep_unused_samples(now=timezone.now())


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
