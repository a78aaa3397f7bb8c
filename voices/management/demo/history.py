"""The demonstration's past: audit lines that are older than their rows."""

from datetime import datetime
from typing import Any

from django.db import models

from voices import audit
from voices.models import Team, User


def remember(
    actor: User, team: Team, verb: str, thing: models.Model, /, *, at: datetime, **facts: Any
) -> None:
    """One line of history at that time."""
    entry = audit.new_entry(actor=actor, team=team, verb=verb, thing=thing, facts=facts)
    entry.at = at
    entry.save()
