"""Dry runs: the change itself, with all its checks, rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back_if(dry_run: bool) -> Iterator[None]:
    """Roll back what the block changes if this is a dry run.

    Use it only for changes that are one transaction: what is stored or sent outside the database is not undone.
    """
    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
