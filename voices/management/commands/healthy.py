"""`manage.py healthy`: a container's health check for the web server or the worker of this machine."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.management.processes import web
from voices.models import WorkerProcess


class Command(BaseCommand):
    """Probes the web server by HTTP, or checks the heartbeat of a worker."""

    help = "Exit with 0 if the web server or a worker on this machine works, otherwise with 1 and a message."
    requires_system_checks = ()  # it is run every half minute

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the program to look at."""
        parser.add_argument("program", choices=("web", "worker"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Check. Raise CommandError with a sentence if it does not work."""
        is_healthy = {"web": web().answers, "worker": has_worker}[options["program"]]
        if not is_healthy():
            raise CommandError(f"No {options['program']} on this machine responds.")


def has_worker() -> bool:
    """Whether a worker of this machine has been seen lately."""
    return WorkerProcess.objects.seen(timezone.now()).filter(host=socket.gethostname()[:64]).exists()
