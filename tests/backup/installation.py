"""An installation beside the tests' own: a data folder and a database, to restore into by processes of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from tests.running_studio import ROOT


@dataclass
class Installation:
    """It has the tests' encryption key."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes see."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("VOICESTUDIO_")}
        own = {
            "VOICESTUDIO_DATA_DIR": str(self.folder),
            "VOICESTUDIO_ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
            "VOICESTUDIO_RECEIPT_KEY": settings.RECEIPT_KEY,
        }
        return plain | {"DJANGO_SETTINGS_MODULE": "voicestudio.settings"} | own | self.settings

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program on it."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def refusal(self, *command: str) -> str:
        """What `manage.py` says when it ends with 1: one line, not a traceback."""
        done = self.run("manage.py", *command)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def story(self, *command: str) -> list[Any]:
        """What a command of `tests.backup.driver` says, a line at a time."""
        done = self.run("-m", "tests.backup.driver", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def new_installation(folder: Path) -> Iterator[Installation]:
    """An installation on an empty database of the kind that the tests use."""
    if connection.vendor == "sqlite":
        yield Installation(folder)
        return
    parts, name = connection.settings_dict, f"restored_{uuid4().hex[:12]}"
    address = f"postgres://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{name}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield Installation(folder, {"VOICESTUDIO_DATABASE_URL": address})
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
