"""`manage.py restore`: puts a backup into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from voices.actions.backup.base import BackupError
from voices.actions.backup.restoring import RestoreSummary, restore_backup
from voices.management.bootstrap import make_database_ready, require_database


class Command(BaseCommand):
    """Restores a backup."""

    help = (
        "Restore FILE, made by `backup`, into an empty installation with the same encryption key. "
        "The whole file is checked before anything is changed. If it is interrupted, run it again."
    )
    requires_system_checks = ()  # one of them is that no restore is unfinished

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and bring the database up to date. Raise CommandError."""
        try:
            require_database()
            restored = restore_backup(options["file"].absolute(), report=self._print)
        except (BackupError, ImproperlyConfigured) as problem:
            raise CommandError(str(problem)) from problem
        make_database_ready()
        self._print_summary(restored)

    def _print_summary(self, restored: RestoreSummary) -> None:
        self._print(f"Done: everything is as it was at {restored.made_at}, with {restored.files:,} files.")
        if restored.missing:
            self._print(f"{len(restored.missing):,} files were already missing when the backup was made.")
        self._print(
            "Everyone has to log in again. Now start Voice Studio. It then syncs the voices with Althea."
        )

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
