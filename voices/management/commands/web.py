"""`manage.py web`: runs the web server alone, beside `manage.py worker`."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voices.checks import TAG
from voices.kit.open_files import raise_open_files
from voices.management.bootstrap import close_connections, require_prepared, require_writable
from voices.management.ports import require_free_port
from voices.management.processes import environment, web


class Command(BaseCommand):
    """Replaces this process by the web server."""

    help = "Run the web server alone, after `prepare`, until stopped (SIGTERM lets requests end, for 3 s)."
    requires_system_checks = (TAG,)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM. Raise ImproperlyConfigured where it cannot start."""
        program = web()
        require_writable(settings.DATA_DIR)
        require_prepared()
        require_free_port(host=program.host, port=program.port, variable="VOICESTUDIO_PORT")
        close_connections()
        raise_open_files()
        os.chdir(settings.BASE_DIR)
        os.execvpe(program.command[0], program.command, environment())  # noqa: S606  # our own fixed command line
