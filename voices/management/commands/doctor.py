"""`manage.py doctor`: problems of this installation, and how to fix them."""

from argparse import ArgumentParser
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.management.checkup import CHECKS, Finding, examine

WIDTH = 110


class Command(BaseCommand):
    """Runs all checks, and changes nothing."""

    help = "Check everything, and say what is wrong and how to fix it. Exit code 1 if anything is."
    requires_system_checks = ()  # one of our checks runs them and reports their messages

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for slow checks."""
        parser.add_argument(
            "--online", action="store_true", help="also ask Althea (without a key) and the mail server"
        )
        parser.add_argument(
            "--thorough",
            action="store_true",
            help="also read all of an SQLite database and list all stored files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each check, and its problems. Raise CommandError if there are any."""
        wanted = [
            check
            for check in CHECKS
            if (options["online"] or not check.asks_others) and (options["thorough"] or not check.reads_all)
        ]
        width, wrong = max(len(check.name) for check in wanted), 0
        for finding in examine(wanted):
            self._tell(finding, width)
            wrong += finding.problems != []
        if wrong:
            raise CommandError(f"{wrong} of {len(wanted)} checks found a problem.")
        self.stdout.write(f"All {len(wanted)} checks passed.")

    def _tell(self, finding: Finding, width: int) -> None:
        name = finding.check.name.ljust(width)
        if finding.problems is None:
            self.stdout.write(f"{name}  not checked, because the database does not respond")
        elif not finding.problems:
            self.stdout.write(f"{name}  ok")
        for problem in finding.problems or ():
            sentence = problem.sentence[0].upper() + problem.sentence[1:]
            self.stdout.write(f"{name}  {self.style.ERROR('WRONG')}  {sentence}.")
            indent = " " * (width + 9)
            self.stdout.write(fill(problem.remedy, WIDTH, initial_indent=indent, subsequent_indent=indent))
