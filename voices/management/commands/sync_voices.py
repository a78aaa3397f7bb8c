"""`manage.py sync_voices`: queues a sync of every account and can wait for the results."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.actions.sync.runs import first_of_each, keys_of, request_sync
from voices.library.sync_status import count_sentence
from voices.models import SyncRun, SyncState, Team

POLL_SECONDS = 0.5


class Command(BaseCommand):
    """Queues sync runs; a worker executes them."""

    help = "Sync the voices of all teams, or of one, with Althea. A worker must be running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for team and waiting."""
        parser.add_argument("--team", default="", help="the team's name or id (default: every team)")
        parser.add_argument("--wait", action="store_true", help="wait until all runs have ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue the runs and wait for them if asked. Raise CommandError without an account or if a run failed."""
        runs = request_all(teams_named(options["team"]))
        if not runs:
            raise CommandError("There is no account to sync: no stored key works.")
        for run in runs:
            self.stdout.write(f"{run.team}: {run} is {run.state}.")
        if options["wait"] and (failed := self._follow([run.pk for run in runs])):
            raise CommandError(f"{failed} of {len(runs)} runs failed.")

    def _follow(self, ids: Sequence[UUID]) -> int:
        """Print each run when it ends. Return the number of failed ones when all have."""
        waiting, failed = set(ids), 0
        while waiting:
            for run in SyncRun.objects.ended().filter(pk__in=waiting).select_related("team", "account"):
                waiting.discard(run.pk)
                failed += run.state == SyncState.FAILED
                counts = (
                    []
                    if run.state == SyncState.FAILED
                    else [f"{count_sentence(run.added, run.changed, run.gone)}."]
                )
                self.stdout.write(f"{run.team}: {run}: {' '.join([*counts, run.message]).strip()}")
            if waiting:
                time.sleep(POLL_SECONDS)
        return failed


def teams_named(named: str) -> list[Team]:
    """Return the teams with that name or id, or all. Raise CommandError if there is none."""
    teams = [team for team in Team.objects.order_by("name") if named in {"", team.name, str(team.pk)}]
    if not teams:
        raise CommandError(f"There is no team named {named}." if named else "There is no team yet.")
    return teams


def request_all(teams: Sequence[Team]) -> list[SyncRun]:
    """Return an active run for every account of the teams."""
    now = timezone.now()
    runs = [
        request_sync(team=team, key=key, now=now)
        for team in teams
        for key in first_of_each(keys_of(team)).values()
    ]
    return [run for run in runs if run is not None]
