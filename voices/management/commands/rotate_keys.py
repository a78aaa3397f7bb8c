"""`manage.py rotate_keys`: seals every stored key anew with the first of the encryption keys."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.actions.keys.rotation import BATCH, NotAllOpenedError, rotate_keys
from voices.gateway import verify_encryption_key


class Command(BaseCommand):
    """Rotates the encryption key; may be interrupted and started again."""

    help = (
        "Seal every stored key anew with the first key of VOICESTUDIO_ENCRYPTION_KEYS. "
        "Put the new key in front of the old one and restart, run this, then drop the old key and restart."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the size of a step."""
        parser.add_argument("--batch", type=int, default=BATCH, help=f"rows a transaction (default {BATCH})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotates, telling how far it is. Raises CommandError where keys could not be opened."""
        verify_encryption_key()
        try:
            done = rotate_keys(batch=max(1, options["batch"]), report=self._tell)
        except NotAllOpenedError as problem:
            raise CommandError(str(problem)) from problem
        if done:
            self.stdout.write(f"Done: {done} keys are sealed with the first encryption key.")
        else:
            self.stdout.write("Nothing to do: every key is sealed with the first encryption key.")

    def _tell(self, done: int) -> None:
        self.stdout.write(f"{done} keys so far")
        self.stdout.flush()
