"""`manage.py worker`: runs jobs and fetches previews until stopped."""

import asyncio
import os
import signal
import socket
from argparse import ArgumentParser
from functools import partial
from typing import Any
from uuid import uuid4

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand

from voices.actions.work import RetryPolicy, WorkerContext
from voices.althea import new_http
from voices.audio.concurrency import share_slots
from voices.checks import TAG
from voices.gateway import client_for, verify_encryption_key
from voices.kit.clock import SystemClock
from voices.kit.metric_files import share_metrics
from voices.management.bootstrap import require_prepared
from voices.worker.kinds.base import Runtime
from voices.worker.loop import Worker

LOOKUP_SECONDS, SEND_SECONDS = 30.0, 150.0


class Command(BaseCommand):
    """Runs a worker; there may be any number, on any number of hosts."""

    help = "Run jobs and fetch previews until stopped (SIGTERM finishes or releases what is in progress)."
    requires_system_checks = (TAG,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the worker's options."""
        parser.add_argument("--slots", type=int, default=250, help="concurrent jobs (default 250)")
        parser.add_argument("--grace", type=float, default=4.0, help="seconds to let calls end on SIGTERM")
        parser.add_argument(
            "--pace", type=float, default=1.0, help="factor for all delays, for tests and demos"
        )
        parser.add_argument(
            "--deadline", type=float, default=SEND_SECONDS, help="seconds Althea may take for a clone (150)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT."""
        require_prepared()
        verify_encryption_key()
        share_slots(settings.CHILD_SLOTS_DIR)
        if settings.METRICS_TOKEN:
            share_metrics(settings.METRICS_DIR, program="worker")
        given = {name: options[name] for name in ("slots", "grace", "pace", "deadline")}
        # uvloop: a third less CPU time for 200 concurrent uploads than asyncio's own loop.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(**given))


async def work(*, slots: int, grace: float, pace: float, deadline: float) -> None:
    """Run a worker with the system clock and real connections until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    clock = SystemClock()
    # The random part distinguishes a restarted container from its predecessor with the same host name and pid.
    worker_id = f"{socket.gethostname()[:50]}:{os.getpid()}:{uuid4().hex[:8]}"
    context = WorkerContext(worker_id=worker_id, policy=RetryPolicy().scaled(pace), now=clock.now)
    connect = partial(
        client_for, clone_deadline_seconds=deadline, deadline_seconds=min(deadline, LOOKUP_SECONDS)
    )
    async with new_http(slots=slots) as http:
        runtime = Runtime(http=http, context=context, connect=connect)
        await Worker(runtime=runtime, clock=clock, slots=slots, grace_seconds=grace).run(stop)
