"""Admin actions on chosen records: the same actions as on the product's pages, on behalf of the admin user."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from voices.access import acting_member
from voices.actions import NotPossibleError
from voices.actions.sync.runs import request_team_sync
from voices.actions.voice.names import NameInUseError
from voices.admin.base import acting
from voices.models import Membership, Team

REFUSALS = (NotPossibleError, NameInUseError, PermissionDenied)


def member_in(request: HttpRequest, team: Team) -> Membership:
    """Return the membership by which the user acts in the team. Raises NotPossibleError without one."""
    actor = acting(request)
    member = acting_member(actor, team) if actor is not None else None
    if member is None:
        raise NotPossibleError(f"You're not in the team {team}.")
    return member


def act_on_each(
    request: HttpRequest, records: Iterable[Any], act: Callable[[Any], object], *, done: str
) -> None:
    """Call `act` for every record. Add a message with the number of successes (`done` is the verb) and each refusal."""
    count = 0
    for record in records:
        try:
            act(record)
            count += 1
        except REFUSALS as problem:
            messages.error(request, f"{record}: {problem}")
    if count:
        messages.success(request, f"{done} {count}.")


def sync_teams(request: HttpRequest, teams: Iterable[Team]) -> None:
    """Request a sync of every account of each team."""

    def sync(team: Team) -> None:
        if not request_team_sync(member=member_in(request, team), now=timezone.now()):
            raise NotPossibleError("No key of its members works.")

    act_on_each(request, teams, sync, done="Teams whose accounts are being synced:")
