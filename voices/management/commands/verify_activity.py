"""`manage.py verify_activity`: finds activity that was changed, removed or inserted outside the program."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.library.trail.verification import Head, Verification, read_head

MAX_TOLD = 100


class Command(BaseCommand):
    """Verifies the activity trail."""

    help = (
        "Read the whole activity trail and report entries that were changed, removed, moved or "
        "inserted. Exit code 1 if there are findings. Keep the head that it prints somewhere else, "
        "and compare it later with --expect: only that reveals a trail that was rewritten completely."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the heads to compare with."""
        parser.add_argument(
            "--expect", metavar="HEAD", help="a head noted earlier, which the chain must contain"
        )
        parser.add_argument(
            "--from-head", metavar="HEAD", help="the same, and read only what was sealed after it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings and the head. Raise CommandError if there are any."""
        noted = options["from_head"] or options["expect"]
        reading = Verification(expected=_read(noted), skips_before=bool(options["from_head"]))
        found = 0
        for finding in reading.findings():
            found += 1
            if found <= MAX_TOLD:
                self.stdout.write(finding)
        if found > MAX_TOLD:
            self.stdout.write(f"And {found - MAX_TOLD:,} more.")
        self.stdout.write(
            f"Entries read: {reading.checked:,}, and {reading.waiting:,} that wait to be sealed."
        )
        self.stdout.write(f"Head: {reading.head}")
        if found:
            raise CommandError(f"The activity trail is not intact. Findings: {found:,}.")
        self.stdout.write("The activity trail is intact.")


def _read(text: str | None) -> Head | None:
    try:
        return read_head(text) if text else None
    except ValueError as problem:
        raise CommandError(str(problem)) from problem
