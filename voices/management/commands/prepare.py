"""`manage.py prepare`: makes database, secrets and static files ready for `web` and `worker`, and ends."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voices.management.bootstrap import make_ready, require_writable
from voices.management.commands.serve import ready_line


class Command(BaseCommand):
    """Prepares an installation for this version, the first as any other; several hosts may do so at once."""

    help = (
        "Migrate the database, create missing secrets and collect static files, so that `web` "
        "and `worker` can start."
    )

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Leave the database to `make_ready`, whose refusals are sentences; Django 6.1 checks it first."""
        return {**super().get_check_kwargs(options), "databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare everything, and print what `serve` prints when it is ready."""
        require_writable(settings.DATA_DIR)
        make_ready()
        self.stdout.write(ready_line())
