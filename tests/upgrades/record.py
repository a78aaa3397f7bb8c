"""Writes the database of the present release among those that the tests upgrade: python -m tests.upgrades.record."""

import gzip
import subprocess
from pathlib import Path

from tests.running_studio import EMAIL, ROOT, new_studio
from tests.tools import tool
from tests.upgrades.states import KEY

# What a small demo lacks: an alias, and a deleted voice. Nobody logs in by a password.
EXTRAS = """
from django.utils import timezone
from voices.models import Alias, Team, User, Voice
first, *_, last = Voice.objects.order_by("name")
Alias.objects.create(team=first.team, name="brand-de", voice=first, moved_at=timezone.now())
Voice.objects.filter(pk=last.pk).update(deleted_at=timezone.now())
User.objects.filter(email="{email}").update(password="!")
"""


def record() -> Path:
    """Fill a new data folder, and write its database. Return the file."""
    with new_studio(served=False, settings={"VOICESTUDIO_ENCRYPTION_KEYS": KEY}) as studio:
        who = ("--email", EMAIL, "--team", "Northwind", "--name", "Ada Okafor", "--password-stdin")
        studio.manage("setup", *who, text="only for the form, and removed below")
        studio.manage("demo", "--voices", "30")
        studio.manage("shell", "--command", EXTRAS.format(email=EMAIL))
        database = str(studio.folder / "voicestudio.sqlite3")
        dump = subprocess.run([tool("sqlite3"), database, ".dump"], capture_output=True, check=True).stdout
    last = max(path.stem for path in (ROOT / "voices" / "migrations").glob("[0-9]*.py"))
    path = Path(__file__).parent / f"{last}.sql.gz"
    path.write_bytes(gzip.compress(dump, 9, mtime=0))
    return path


if __name__ == "__main__":
    print(record())  # noqa: T201  # a program for people
