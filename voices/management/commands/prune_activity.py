"""`manage.py prune_activity`: deletes activity older than the retention period, and records that."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from voices.actions.activity.pruning import prune_entries
from voices.actions.activity.sealing import seal_entries


class Command(BaseCommand):
    """Prunes the activity trail, which the worker also does in the background."""

    help = "Delete activity older than VOICESTUDIO_ACTIVITY_DAYS (0: keep it forever). The rest can still be verified."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option for the days."""
        days = settings.ACTIVITY_DAYS
        parser.add_argument(
            "--days", type=float, default=days, help=f"how many days are kept (default {days:g})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune until no old entries are left."""
        now, deleted = timezone.now(), 0
        while seal_entries():
            pass
        while done := prune_entries(now=now, days=options["days"]):
            deleted += done
        self.stdout.write(
            f"{deleted:,} entries deleted." if deleted else "Nothing is old enough to be deleted."
        )
