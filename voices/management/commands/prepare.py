"""`manage.py prepare`: prepares database, secrets and static files for `web` and `worker`, and exits."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voices.checks import TAG
from voices.management.bootstrap import make_ready, require_writable
from voices.management.commands.serve import ready_line


class Command(BaseCommand):
    """Prepares an installation, new or existing, for this version; several hosts may do so at once."""

    help = (
        "Migrate the database, create missing secrets and collect static files, so that `web` "
        "and `worker` can start."
    )
    requires_system_checks = (TAG,)

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare everything, and print what `serve` prints when it is ready."""
        require_writable(settings.DATA_DIR)
        make_ready()
        self.stdout.write(ready_line())
