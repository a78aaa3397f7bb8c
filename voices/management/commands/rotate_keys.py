"""`manage.py rotate_keys`: re-encrypts every stored key with the first encryption key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from voices.actions.keys.rotation import BATCH, NotAllOpenedError, rotate_keys
from voices.gateway import verify_encryption_key


class Command(BaseCommand):
    """Rotates the encryption key; may be interrupted and repeated."""

    help = (
        "Re-encrypt every stored key with the first key of VOICESTUDIO_ENCRYPTION_KEYS. "
        "Put the new key before the old one and restart, run this, then remove the old key and restart."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option for the batch size."""
        parser.add_argument(
            "--batch", type=int, default=BATCH, help=f"rows per transaction (default {BATCH})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate with progress output. Raise CommandError if keys could not be opened."""
        verify_encryption_key()
        try:
            done = rotate_keys(batch=max(1, options["batch"]), report=self._tell)
        except NotAllOpenedError as problem:
            raise CommandError(str(problem)) from problem
        if done:
            self.stdout.write(f"Done: {done} keys are now encrypted with the first encryption key.")
        else:
            self.stdout.write("Nothing to do: every key is already encrypted with the first encryption key.")

    def _tell(self, done: int) -> None:
        self.stdout.write(f"{done} keys so far")
        self.stdout.flush()
