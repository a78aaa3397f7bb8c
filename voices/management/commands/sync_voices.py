"""`manage.py sync_voices`: asks the worker to read every account's list of voices, and tells what came of it."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.actions.sync.runs import ask_sync, first_of_each, keys_of
from voices.library.sync_status import count_sentence
from voices.models import SyncRun, SyncState, Team

POLL_SECONDS = 0.5


class Command(BaseCommand):
    """Queues the runs; a worker takes them up."""

    help = "Bring the libraries up to date with Althea, all teams' or one's. A worker must be running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds which team, and whether to wait."""
        parser.add_argument("--team", default="", help="the team's name or id (default: every team)")
        parser.add_argument("--wait", action="store_true", help="wait until all runs have ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queues, and with --wait follows. Raises CommandError where there is nothing to read or a run failed."""
        runs = ask_all(teams_named(options["team"]))
        if not runs:
            raise CommandError("There is no account to sync with: no stored key works.")
        for run in runs:
            self.stdout.write(f"{run.team}: {run} is {run.state}.")
        if options["wait"] and (bad := self._follow([run.pk for run in runs])):
            raise CommandError(f"{bad} of {len(runs)} runs failed.")

    def _follow(self, ids: Sequence[UUID]) -> int:
        """How many of the runs failed, once all have ended; each is told when it does."""
        waiting, bad = set(ids), 0
        while waiting:
            for run in SyncRun.objects.ended().filter(pk__in=waiting).select_related("team", "account"):
                waiting.discard(run.pk)
                bad += run.state == SyncState.FAILED
                told = (
                    []
                    if run.state == SyncState.FAILED
                    else [f"{count_sentence(run.added, run.changed, run.gone)}."]
                )
                self.stdout.write(f"{run.team}: {run}: {' '.join([*told, run.message]).strip()}")
            if waiting:
                time.sleep(POLL_SECONDS)
        return bad


def teams_named(named: str) -> list[Team]:
    """The teams of that name or id; all without one. Raises CommandError where there is none."""
    teams = [team for team in Team.objects.order_by("name") if named in {"", team.name, str(team.pk)}]
    if not teams:
        raise CommandError(f"There is no team named {named}." if named else "There is no team yet.")
    return teams


def ask_all(teams: Sequence[Team]) -> list[SyncRun]:
    """A live run for every account of these teams."""
    now = timezone.now()
    asked = [
        ask_sync(team=team, key=key, now=now)
        for team in teams
        for key in first_of_each(keys_of(team)).values()
    ]
    return [run for run in asked if run is not None]
