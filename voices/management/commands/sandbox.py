"""`manage.py sandbox`: runs only the local Althea, for manual tests."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from voices.management.bootstrap import require_writable
from voices.management.ports import require_free_port
from voices.management.processes import environment, sandbox


class Command(BaseCommand):
    """Replaces this process by the sandbox."""

    help = "Run only the sandbox, a local Althea, on VOICESTUDIO_SANDBOX_PORT until Ctrl-C."
    requires_system_checks = ()  # it uses nothing of Django

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM."""
        require_writable(settings.DATA_DIR)
        program = sandbox()
        require_free_port(host=program.host, port=program.port, variable="VOICESTUDIO_SANDBOX_PORT")
        self.stdout.write(f"The sandbox listens on {settings.SANDBOX_URL}/_sandbox/ (Ctrl-C stops it).")
        self.stdout.flush()
        os.chdir(settings.BASE_DIR)
        os.execvpe(program.command[0], program.command, environment())  # noqa: S606  # our own fixed command line
