"""`manage.py recount_clones`: compares the dashboard's counts of clones with the clones themselves."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.actions.figures.recount import differences, recount_clones


class Command(BaseCommand):
    """Corrects the daily counts, or with `--check` only verifies them."""

    help = "Recount all clones, and correct the dashboard's daily counts where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option that changes nothing."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit code 1 if a count is wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Recount. Raise CommandError if `--check` finds a wrong count."""
        now = timezone.now()
        wrong = len(differences(now=now)) if options["check"] else recount_clones(now=now)
        counted = f"{wrong:,} daily {'count' if wrong == 1 else 'counts'}"
        if wrong and options["check"]:
            raise CommandError(
                f"{counted} of clones are wrong. Run `manage.py recount_clones` to correct them."
            )
        self.stdout.write(f"{counted} corrected." if wrong else "The dashboard's counts of clones are right.")
