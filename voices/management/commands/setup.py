"""`manage.py setup`: creates the first admin and the team without a browser."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.views.decorators.debug import sensitive_variables

from voices.actions.keys.store import add_key
from voices.actions.teams import AlreadySetUpError, create_first_admin
from voices.althea import KeyRefusedError
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.management.bootstrap import make_database_ready, require_writable
from voices.models import Endpoint, Membership
from voices.web.setup import SetupForm


class Command(BaseCommand):
    """Does the same as the set-up page, by the same form and action."""

    help = "Create the first admin and the team. The password is the first line of standard input."
    stealth_options = ("stdin",)  # as in Django's createsuperuser: for callers in Python

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for admin, team and sandbox key."""
        parser.add_argument("--email", required=True, help="the admin's e-mail, which is the login")
        parser.add_argument("--team", required=True, help="the team's name")
        parser.add_argument("--name", default="", help="the admin's name (default: the e-mail before the @)")
        parser.add_argument(
            "--password-stdin", action="store_true", required=True,
            help="read the password from standard input, so that no process list shows it",
        )  # fmt: skip
        parser.add_argument("--sandbox-key", action="store_true", help="store a key of the built-in sandbox")

    @sensitive_variables("cleaned")
    def handle(self, *args: Any, **options: Any) -> None:
        """Set up. Raise CommandError with a sentence if that is impossible."""
        if options["sandbox_key"] and not settings.SANDBOX:
            raise CommandError(
                "The sandbox is off, so its key would be useless. Set VOICESTUDIO_SANDBOX=on first."
            )
        require_writable(settings.DATA_DIR)
        make_database_ready()
        cleaned = clean(options, password=(options.get("stdin") or sys.stdin).readline().rstrip("\r\n"))
        try:
            member = create_first_admin(
                email=cleaned["email"],
                name=cleaned["name"],
                password=cleaned["password"],
                team_name=cleaned["team"],
            )
        except AlreadySetUpError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{member.user.email} is the admin of {member.team}.")
        if options["sandbox_key"]:
            self.stdout.write(store_sandbox_key(member))


@sensitive_variables("password", "form", "data")
def clean(options: dict[str, Any], *, password: str) -> dict[str, Any]:
    """Return the data cleaned by the set-up form. Raise CommandError with the form's messages."""
    name = options["name"] or options["email"].partition("@")[0]
    data = {"email": options["email"], "team": options["team"], "name": name, "password": password}
    form = SetupForm({**data, "start": "later"})
    if not form.is_valid():
        problems = [
            f"{form.fields[field].label or field}: {' '.join(map(str, errors))}"
            for field, errors in form.errors.items()
        ]
        raise CommandError(" ".join(problems))
    return form.cleaned_data


def store_sandbox_key(member: Membership) -> str:
    """Store a new sandbox key. Return a sentence that says whether it could be tested."""
    try:
        key = add_key(member=member, label="", endpoint=Endpoint.SANDBOX, secret=Secret(make_sandbox_key()))
    except KeyRefusedError as problem:
        raise CommandError(f"The sandbox at {settings.SANDBOX_URL} refused its key: {problem}") from problem
    if key.can_clone:
        return "Sandbox key stored and tested."
    return "Sandbox key stored. The sandbox is not running yet: test the key on the Keys page later."
