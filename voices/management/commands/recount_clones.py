"""`manage.py recount_clones`: compares what the dashboard says about clones with the clones themselves."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.actions.figures.recount import differences, recount_clones


class Command(BaseCommand):
    """Mends the daily counts, or with `--check` only says whether they are right."""

    help = "Recount all clones, and correct the dashboard's daily counts where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option that changes nothing."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit code 1 if a count is wrong"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Recount. Raise CommandError if `--check` finds a wrong count."""
        wrong = len(differences()) if options["check"] else recount_clones()
        told = f"{wrong:,} daily {'count' if wrong == 1 else 'counts'}"
        if wrong and options["check"]:
            raise CommandError(f"{told} of clones are wrong. Run `manage.py recount_clones` to correct them.")
        self.stdout.write(f"{told} corrected." if wrong else "The dashboard's counts of clones are right.")
