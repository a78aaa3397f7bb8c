"""The activity trail: the database refuses to change it."""

from collections.abc import Iterator

from django.db import connection

from voices.actions.checkup.base import Check, Problem
from voices.models import audit_triggers


def _problems() -> Iterator[Problem]:
    if not audit_triggers.is_installed(connection):
        yield Problem(
            sentence="the database lets the activity trail be changed: its triggers are missing or were altered",
            remedy="Run manage.py migrate to install them, then manage.py verify_activity.",
            stops_pages=False,
        )


CHECK = Check(name="activity trail", problems=_problems, uses_database=True)
