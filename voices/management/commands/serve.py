"""`manage.py serve`: the whole of Voice Studio on this machine, by one command."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand

from voices.actions.teams import is_set_up
from voices.management.bootstrap import make_ready, release_lock, require_free_port, require_writable
from voices.management.processes import Crew, link, sandbox, web, worker
from voices.web.setup import setup_token


class Command(BaseCommand):
    """Makes everything ready, then runs web, worker and, where it is on, the sandbox until stopped."""

    help = "Prepare the data folder and run web, worker and sandbox (VOICESTUDIO_SANDBOX=on) until Ctrl-C."

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Leave the database to `make_ready`, whose refusals are sentences; Django 6.1 checks it first."""
        return {**super().get_check_kwargs(options), "databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves until SIGINT or SIGTERM (exit 0) or until a program ends by itself (exit 1)."""
        try:
            require_place()
            make_ready()
            ready = ready_line()
            release_lock()
        except KeyboardInterrupt:
            sys.exit(0)
        programs = [web(), worker(), *([sandbox()] if settings.SANDBOX else [])]
        crew = Crew(programs, announce=lambda: print(ready, flush=True))
        sys.exit(crew.run() or 0)


def require_place() -> None:
    """Passes if folder and ports are ours. Raises ImproperlyConfigured."""
    require_writable(settings.DATA_DIR)
    require_free_port(host=settings.HOST, port=settings.PORT, variable="VOICESTUDIO_PORT")
    if settings.SANDBOX:
        if settings.SANDBOX_PORT == settings.PORT:
            raise ImproperlyConfigured(
                "VOICESTUDIO_PORT and VOICESTUDIO_SANDBOX_PORT are the same; change one."
            )
        require_free_port(host="127.0.0.1", port=settings.SANDBOX_PORT, variable="VOICESTUDIO_SANDBOX_PORT")


def ready_line() -> str:
    """The one line that a person waits for: the set-up link on the first start, the site's address later."""
    if is_set_up():
        return f"Voice Studio is ready: {link()}"
    return f"Voice Studio is ready: {link(f'setup/{setup_token()}/')} (make the first admin)"
