"""`manage.py demo`: a team's library full of believable voices, to try the product with."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from voices.althea import AltheaError
from voices.management.bootstrap import make_database_ready, require_writable
from voices.management.demo.cast import believable
from voices.management.demo.order import add_aliases, add_views, lost_ones, mark_lost
from voices.management.demo.people import Troupe, add_keys, add_people
from voices.management.demo.rows import add_voice
from voices.management.demo.upstream import Made, add_agents, forget_upstream, make_upstream, running_sandbox
from voices.management.demo.words import ACCOUNTS, PEOPLE
from voices.models import Membership, Role, Team, Voice

MAX_VOICES = 2_000


class Command(BaseCommand):
    """Makes the voices in the sandbox first, then their records by the product's own actions."""

    help = "Fill a team with 500 made-up voices in 26 languages, with people, tags and history. Needs the sandbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds which team, and how many voices."""
        parser.add_argument("--team", default="", help="the team's name (default: the first team)")
        parser.add_argument(
            "--voices", type=int, default=500, help=f"how many, at most {MAX_VOICES} (default: 500)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fills the library. Raises CommandError with a sentence where it cannot."""
        if not settings.SANDBOX:
            raise CommandError(
                "The demo lives in the sandbox, which is off. Set VOICESTUDIO_SANDBOX=on first."
            )
        if not 1 <= options["voices"] <= MAX_VOICES:
            raise CommandError(f"Choose between 1 and {MAX_VOICES} voices.")
        require_writable(settings.DATA_DIR)
        make_database_ready()
        lead = lead_of(options["team"])
        try:
            with running_sandbox():
                self._fill(lead, options["voices"])
        except AltheaError as problem:
            raise CommandError(f"The sandbox did not do its part: {problem.message}") from problem

    def _fill(self, lead: Membership, count: int) -> None:
        now = timezone.now()
        keys, secrets = add_keys(lead)
        troupe = Troupe(team=lead.team, people=add_people(lead), keys=keys, secrets=secrets)
        parts = believable(count, people=len(troupe.people), accounts=len(ACCOUNTS))
        self.stdout.write(f"Making {count} voices in the sandbox. This takes a minute.")
        made = [one for one in asyncio.run(make_upstream(parts, secrets)) if one is not None]
        voices = self._keep(troupe, made)
        aliases = add_aliases(troupe, now=now)
        add_views(troupe)
        lost = lost_ones(voices)
        asyncio.run(
            forget_upstream(
                [one for one in made if one.voice.voice_id in {v.voice_id for v in lost}], secrets
            )
        )
        mark_lost(troupe, lost, now=now)
        gone = {voice.voice_id for voice in lost}
        agents = add_agents([one for one in made if one.voice.voice_id not in gone], secrets)
        languages = len({part.language.partition("-")[0] for part in parts})
        self.stdout.write(
            f"{lead.team} has {len(voices)} new voices in {languages} languages, {len(troupe.people)} people, "
            f"{len(aliases)} aliases and {agents} agents."
        )

    def _keep(self, troupe: Troupe, made: list[Made]) -> list[Voice]:
        now = timezone.now()
        return [add_voice(troupe, one, now=now) for one in made]


def lead_of(team_name: str) -> Membership:
    """The first admin of that team. Raises CommandError where there is none, or the demo is there already."""
    teams = Team.objects.order_by("created_at")
    team = (teams.filter(name=team_name) if team_name else teams).first()
    if team is None:
        told = f"There is no team named {team_name}." if team_name else "Nobody has set this studio up yet."
        raise CommandError(f"{told} Open the link that `manage.py serve` prints, or run `manage.py setup`.")
    members = Membership.objects.filter(team=team).select_related("user", "team")
    if members.filter(user__email=f"{PEOPLE[0][1]}@demo.invalid").exists():
        raise CommandError(f"{team} has the demo already.")
    lead = members.filter(role=Role.ADMIN).order_by("joined_at").first()
    if lead is None:
        raise CommandError(f"{team} has no admin, who would own the demo's keys.")
    return lead
