"""A dry run: the change itself, with all its checks, of which nothing is kept."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rehearsed(*, dry_run: bool) -> Iterator[None]:
    """Roll back what is changed inside, if this is a dry run; else do nothing.

    Only for changes that are one transaction: what is stored or sent outside the database would stay.
    """
    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
