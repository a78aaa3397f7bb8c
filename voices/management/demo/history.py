"""The demo's history: audit entries older than their rows."""

from datetime import datetime
from typing import Any

from django.db import models

from voices import audit
from voices.models import Team, User


def record_at(
    actor: User, team: Team, verb: str, thing: models.Model, /, *, at: datetime, **facts: Any
) -> None:
    """Record an audit entry with that time."""
    audit.new_entry(actor=actor, team=team, verb=verb, thing=thing, facts=facts, at=at).save()
