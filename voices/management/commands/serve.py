"""`manage.py serve`: runs all of Voice Studio on this machine."""

import asyncio
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand

from voices.actions.teams import is_set_up
from voices.checks import TAG
from voices.kit.open_files import raise_open_files
from voices.management.bootstrap import (
    close_connections,
    make_ready,
    require_writable,
)
from voices.management.ports import require_free_port
from voices.management.processes import link, sandbox, web, worker
from voices.management.supervisor import Supervisor, as_json, as_text, write_line
from voices.web.setup import setup_token


class Command(BaseCommand):
    """Prepares everything, then runs web, worker and, if enabled, the sandbox until stopped."""

    help = "Prepare the data folder and run web, worker and sandbox (VOICESTUDIO_SANDBOX=on) until Ctrl-C."
    requires_system_checks = (TAG,)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGINT or SIGTERM (exit 0) or until a program cannot be started (exit 1)."""
        try:
            require_folder_and_ports()
            make_ready()
            ready = ready_line()
            close_connections()
            raise_open_files()
        except KeyboardInterrupt:
            sys.exit(0)
        programs = [web(), worker(), *([sandbox()] if settings.SANDBOX else [])]
        form = as_json if settings.LOG_FORMAT == "json" else as_text
        supervisor = Supervisor(programs, on_ready=lambda: write_line(form("", ready)), form=form)
        sys.exit(asyncio.run(supervisor.run()) or 0)


def require_folder_and_ports() -> None:
    """Check that folder and ports can be used. Raise ImproperlyConfigured."""
    require_writable(settings.DATA_DIR)
    require_free_port(host=settings.HOST, port=settings.PORT, variable="VOICESTUDIO_PORT")
    if settings.SANDBOX:
        if settings.SANDBOX_PORT == settings.PORT:
            raise ImproperlyConfigured(
                "VOICESTUDIO_PORT and VOICESTUDIO_SANDBOX_PORT are the same; change one."
            )
        require_free_port(host="127.0.0.1", port=settings.SANDBOX_PORT, variable="VOICESTUDIO_SANDBOX_PORT")


def ready_line() -> str:
    """Return the line printed when ready: the set-up link at the first start, later the site's URL."""
    if is_set_up():
        return f"Voice Studio is ready: {link()}"
    return f"Voice Studio is ready: {link(f'setup/{setup_token()}/')} (create the first admin)"
