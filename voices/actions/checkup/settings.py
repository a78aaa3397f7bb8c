"""The settings: Django's system checks and ours, with `check --deploy` under HTTPS."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks

from voices.actions.checkup.base import Check, Problem


def settings_problems(messages: Iterable[CheckMessage]) -> Iterator[Problem]:
    """Yield the messages of system checks as problems, without those below WARNING."""
    for message in messages:
        if message.level >= WARNING and not message.is_silenced():
            yield Problem(
                sentence=str(message.msg).rstrip("."),
                remedy=message.hint or f"See {message.id} in Django's documentation.",
                stops_pages=False,
            )


def _problems() -> Iterator[Problem]:
    return settings_problems(run_checks(include_deployment_checks=settings.HTTPS))


CHECK = Check(name="settings", problems=_problems)
