"""`manage.py demo`: fills a team's library with realistic voices, to try the product."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.althea import AltheaError
from voices.management.bootstrap import make_database_ready, require_writable
from voices.management.demo.extras import add_aliases, add_views, choose_missing, mark_missing
from voices.management.demo.people import DemoTeam, add_keys, add_people
from voices.management.demo.plan import plan_voices
from voices.management.demo.rows import add_voice
from voices.management.demo.texts import ACCOUNTS, PEOPLE
from voices.management.demo.upstream import (
    add_agents,
    delete_upstream,
    make_upstream,
    running_sandbox,
)
from voices.management.demo.year import add_year
from voices.models import Membership, Role, Team

MAX_VOICES = 2_000


class Command(BaseCommand):
    """Creates voices in the sandbox, then their records by the product's own actions."""

    help = "Fill a team with 500 sample voices in 26 languages, with people, tags and history. Needs the sandbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for team and number of voices."""
        parser.add_argument("--team", default="", help="the team's name (default: the first team)")
        parser.add_argument(
            "--voices", type=int, default=500, help=f"number of voices, at most {MAX_VOICES} (default: 500)"
        )
        parser.add_argument(
            "--year", action="store_true", help="also a year of clones, plays and syncs, for the dashboard"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill the library. Raise CommandError with a sentence if that is impossible."""
        if not settings.SANDBOX:
            raise CommandError("The demo needs the sandbox, which is off. Set VOICESTUDIO_SANDBOX=on first.")
        if not 1 <= options["voices"] <= MAX_VOICES:
            raise CommandError(f"Choose between 1 and {MAX_VOICES} voices.")
        require_writable(settings.DATA_DIR)
        make_database_ready()
        lead = lead_of(options["team"])
        try:
            with running_sandbox():
                self._fill(lead, options["voices"], has_year=options["year"])
        except AltheaError as problem:
            raise CommandError(f"The sandbox reported an error: {problem.message}") from problem

    def _fill(self, lead: Membership, count: int, *, has_year: bool) -> None:
        now = timezone.now()
        keys, secrets = add_keys(lead)
        demo = DemoTeam(team=lead.team, people=add_people(lead), keys=keys, secrets=secrets)
        plans = plan_voices(count, people=len(demo.people), accounts=len(ACCOUNTS))
        self.stdout.write(f"Creating {count} voices in the sandbox. This takes a minute.")
        created = [each for each in asyncio.run(make_upstream(plans, secrets)) if each is not None]
        voices = [add_voice(demo, each, now=timezone.now()) for each in created]
        aliases = add_aliases(demo, now=now)
        add_views(demo)
        missing = choose_missing(voices)
        missing_ids = {voice.voice_id for voice in missing}
        gone = [each for each in created if each.voice.voice_id in missing_ids]
        asyncio.run(delete_upstream(gone, secrets))
        mark_missing(demo, missing, now=now)
        present = [each for each in created if each.voice.voice_id not in missing_ids]
        calls = add_agents(present, secrets)
        languages = len({plan.language.partition("-")[0] for plan in plans})
        self.stdout.write(
            f"{lead.team} has {len(voices)} new voices in {languages} languages, {len(demo.people)} people, "
            f"{len(aliases)} aliases and {len({one.voice_id for one in calls})} agents."
        )
        if has_year:
            self.stdout.write(f"A year with {add_year(demo, calls, now=now):,} clones is on the dashboard.")


def lead_of(team_name: str) -> Membership:
    """Return the team's first admin. Raise CommandError if there is none, or the team already has the demo."""
    teams = Team.objects.order_by("created_at")
    team = (teams.filter(name=team_name) if team_name else teams).first()
    if team is None:
        message = f"There is no team named {team_name}." if team_name else "Voice Studio is not set up yet."
        raise CommandError(
            f"{message} Open the link that `manage.py serve` prints, or run `manage.py setup`."
        )
    members = Membership.objects.filter(team=team).select_related("user", "team")
    if members.filter(user__email=f"{PEOPLE[0][1]}@demo.invalid").exists():
        raise CommandError(f"{team} already has the demo.")
    lead = members.filter(role=Role.ADMIN).order_by("joined_at").first()
    if lead is None:
        raise CommandError(f"{team} has no admin to own the demo's keys.")
    return lead
