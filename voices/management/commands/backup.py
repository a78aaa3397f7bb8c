"""`manage.py backup`: all that this installation keeps, in one file; it goes on working meanwhile."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.actions.backup.base import BackupError
from voices.actions.backup.making import BackupSummary, make_backup
from voices.management.bootstrap import require_database

LOWEST_PRIORITY = 19  # the lowest I/O priority, too
NAMED = 10


class Command(BaseCommand):
    """Makes a backup."""

    help = (
        "Write the database and all files to FILE while Voice Studio runs. FILE appears only when "
        "it is complete. The encryption key is not in it: keep the folder secrets separately."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="replace FILE if it exists")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the backup, printing progress. Raise CommandError."""
        os.nice(LOWEST_PRIORITY)
        path: Path = options["file"].absolute()
        try:
            require_database()
            made = make_backup(path, now=timezone.now(), force=options["force"], report=self._print)
        except (BackupError, ImproperlyConfigured) as problem:
            raise CommandError(str(problem)) from problem
        self._print_summary(path, made)

    def _print_summary(self, path: Path, made: BackupSummary) -> None:
        self._print(
            f"Done: {path} contains the database and {made.files:,} files, {made.size / 1e6:,.1f} MB."
        )
        if made.missing:
            self.stderr.write(
                f"{len(made.missing):,} files that the database names are not in the storage, and so not in the "
                f"backup: {', '.join(made.missing[:NAMED])}{' ...' if len(made.missing) > NAMED else ''}"
            )
        self._print(
            "The encryption key is not in it, and without it no stored key can be used: keep "
            f"{settings.SECRETS_DIR} (or your VOICESTUDIO_ENCRYPTION_KEYS) somewhere else."
        )

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
