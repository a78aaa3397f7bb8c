"""`manage.py reset_second_factor`: restores access for a person who lost their second factor and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.actions.people import reset_second_factors
from voices.models import User


class Command(BaseCommand):
    """Removes a person's second factors."""

    help = "Remove all second factors of a person who lost them. Make sure that the request really comes from them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the person's email."""
        parser.add_argument("email", help="the person's email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove them. Raise CommandError if nobody has that email."""
        person = User.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody has the email {options['email']}.")
        if reset_second_factors(user=person):
            self.stdout.write(f"{person.email} logs in with the password alone, and can set up a new factor.")
        else:
            self.stdout.write(f"{person.email} has no second factor.")
