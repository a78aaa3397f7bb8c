"""The queue: due jobs are being claimed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.apps import apps
from django.utils import timezone

from voices.actions.checkup.base import Check, Problem
from voices.models.leases import LeasedRow

STUCK_AFTER = timedelta(minutes=15)


def queue_problems(*, now: datetime) -> Iterator[Problem]:
    """Yield a problem for each kind of job with rows that have been due for 15 minutes."""
    kinds = [model for model in apps.get_models() if issubclass(model, LeasedRow)]
    for model in kinds:
        count = model._default_manager.live().due(now - STUCK_AFTER).count()  # type: ignore[attr-defined]  # its queryset's
        if count:
            name = str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)
            yield Problem(
                sentence=f"{count:,} {name} {'has' if count == 1 else 'have'} been due for over 15 minutes",
                remedy="Check that a worker is running, and look in its log for why it doesn't run "
                "them. If there is more work than one worker can do, start another: manage.py worker.",
                stops_pages=False,
            )


CHECK = Check(name="queue", problems=lambda: queue_problems(now=timezone.now()), uses_database=True)
